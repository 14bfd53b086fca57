"""Reads the #include lines and CMakeLists.txt of a source tree and says what breaks rules.py."""

import re
from pathlib import Path

import rules

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
PMX_MODULE = re.compile(r"\bpmx_(?:module|program)\(\s*(\w+)([^)]*)\)")


def folder_of(module):
    return rules.FOLDERS.get(module, module)


def library_of(module):
    return "pmx_" + module.replace("/", "_")


def module_of(path):
    """The module that a file (relative to the tree) belongs to, the deepest one; else None."""
    inside = [m for m in rules.ALLOWED if path.as_posix().startswith(folder_of(m) + "/")]
    return max(inside, key=len, default=None)


def is_test(root, path):
    """What includes a test library is test code, whatever its name."""
    if path.stem.endswith("_test") or path.parts[0] == "tests":
        return True
    if path.as_posix().startswith(rules.TEST_PROGRAMS):
        return True
    headers = (header for _, header in INCLUDE.findall((root / path).read_text()))
    return any(header.startswith(rules.TEST_LIBRARIES) for header in headers)


def resolve(root, source, header):
    """The file that #include "header" means, relative to the tree; else None."""
    for base in (root / "pmxcfs-lite", root, (root / source).parent):
        if (base / header).is_file():
            return (base / header).resolve().relative_to(root.resolve())
    return None


def sources(root):
    for top in ("pmxcfs-lite", "schema", "notifier", "tools"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix in (".h", ".cpp"):
                yield path.relative_to(root)


def check_direction(root, source, module, text):
    for kind, header in INCLUDE.findall(text):
        target = resolve(root, source, header)
        if target is None:
            if kind == '"':
                yield f'{source}: "{header}" is no file of the project'
            continue
        if is_test(root, target):
            yield f"{source}: includes {target}, which only tests may"
            continue
        used = module_of(target)
        if used is None:
            yield f"{source}: includes {target}, which belongs to no module of rules.py"
        elif used != module and used not in rules.ALLOWED[module]:
            yield f"{source}: {module} may not include {used} ({target})"


def check_external(source, module, text):
    for kind, header in INCLUDE.findall(text):
        for prefix, rooms in rules.EXTERNAL.items():
            if kind == "<" and header.startswith(prefix) and module not in rooms:
                yield f"{source}: <{header}> is only for {', '.join(rooms)}"


def check_purity(source, text):
    code = COMMENT.sub("", text)
    for kind, header in INCLUDE.findall(text):
        if kind == "<" and header not in rules.PURE_LIBRARIES:
            yield f"{source}: <{header}> is not known to be pure (PURE_LIBRARIES in rules.py)"
        if header.startswith("base/") and header[len("base/"):] not in rules.PURE_BASE:
            yield f"{source}: {header} is not for pure modules"
    for pattern, why in rules.IMPURE_CODE.items():
        match = re.search(pattern, code)
        if match:
            yield f"{source}: {match.group(0).strip()} {why}"


def linked_libraries(root):
    """Module -> modules its library links directly, from DEPENDS in its CMakeLists.txt."""
    by_library = {library_of(m): m for m in rules.ALLOWED}
    linked = {}
    for module in rules.ALLOWED:
        cmake = root / folder_of(module) / "CMakeLists.txt"
        if not cmake.is_file():
            continue
        text = re.sub(r"#[^\n]*", "", cmake.read_text())
        names = set()
        for _, arguments in PMX_MODULE.findall(text):
            names |= set(arguments.split("TEST_DEPENDS")[0].split())
        linked[module] = {by_library[n] for n in names if n in by_library} - {module}
    return linked


def closure(linked, module):
    seen, todo = set(), [module]
    while todo:
        for used in linked.get(todo.pop(), ()):
            if used not in seen:
                seen.add(used)
                todo.append(used)
    return seen


def check_links(root, included):
    """CMake and the #include lines agree: links only what is allowed, includes only what is linked."""
    linked = linked_libraries(root)
    for module, direct in linked.items():
        where = f"{folder_of(module)}/CMakeLists.txt"
        for used in sorted(direct - set(rules.ALLOWED[module])):
            yield f"{where}: {module} may not link {used}"
        for used in sorted(included.get(module, set()) - closure(linked, module)):
            yield f"{where}: {module} includes {used} but does not link {library_of(used)}"


def violations(root):
    root = Path(root)
    found = []
    included = {}
    for source in sources(root):
        module = module_of(source)
        if module is None:
            if not is_test(root, source):
                found.append(f"{source}: belongs to no module of rules.py")
            continue
        if is_test(root, source):
            continue
        text = (root / source).read_text()
        found += check_direction(root, source, module, text)
        found += check_external(source, module, text)
        if module in rules.PURE:
            found += check_purity(source, text)
        targets = (resolve(root, source, header) for _, header in INCLUDE.findall(text))
        used = {module_of(t) for t in targets if t is not None} - {module, None}
        included.setdefault(module, set()).update(used)
    found += check_links(root, included)
    return found
