"""Who may include whom. ARCHITECTURE.md says why.

A module is a folder; below is every module with those that it may include.
"""

STORE_CORE = ("base", "tree", "wire", "replica", "ports")
STORE_ADAPTERS = ("sqlite", "local", "corosync", "engine", "fuse", "control")

_STORE = {
    "base": (),
    "base/sqlite": ("base",),
    "tree": ("base",),
    "wire": ("base",),
    "replica": ("base", "tree", "wire"),
    "ports": ("base", "tree", "wire", "replica"),
    "sqlite": STORE_CORE + ("base/sqlite",),
    "local": STORE_CORE,
    "corosync": STORE_CORE + ("schema",),
    "engine": STORE_CORE,
    "fuse": STORE_CORE + ("schema",),
    "control": STORE_CORE + ("schema",),
    "daemon": STORE_CORE + STORE_ADAPTERS + ("schema",),
}

_NOTIFIER_LEAVES = ("base", "schema", "notifier/model")
_NOTIFIER_CORE = _NOTIFIER_LEAVES + (
    "notifier/plan", "notifier/template", "notifier/render", "notifier/mail"
)

ALLOWED = {
    "schema": ("base",),
    **_STORE,
    "notifier/model": ("base",),
    "notifier/plan": _NOTIFIER_LEAVES,
    "notifier/template": ("base",),
    "notifier/render": _NOTIFIER_LEAVES + ("notifier/template",),
    "notifier/mail": _NOTIFIER_LEAVES,
    "notifier/targets": _NOTIFIER_CORE,
    "notifier/outbox": _NOTIFIER_CORE + ("base/sqlite",),
    "notifier/cluster": _NOTIFIER_CORE + ("notifier/targets", "notifier/outbox"),
    "notifier/daemon": _NOTIFIER_CORE + (
        "notifier/targets", "notifier/outbox", "notifier/cluster"
    ),
    "notifier/cli": _NOTIFIER_CORE,
    "notifier/forward": _NOTIFIER_CORE + ("notifier/cli",),
    "tools/bench": ("base", "corosync"),
    # pmxctl asks the daemon through control's client; fsck and recover open a database themselves.
    "tools/pmxctl": STORE_CORE + ("control", "sqlite", "schema", "corosync"),
}

# Programs that exist to test: they may include what tests may.
TEST_PROGRAMS = ("tools/pmx-sim/",)

# Where a module's folder is, when its name does not say so.
FOLDERS = {name: f"pmxcfs-lite/{name}" for name in _STORE}

# Values in, values out: no file, socket, clock, thread, randomness or unordered iteration.
PURE = ("tree", "wire", "replica", "schema", "notifier/plan")

# What a pure module may take from base and from libraries. Add what is as pure as these.
PURE_BASE = ("base64.h", "bytes.h", "check.h", "clock.h", "error.h", "ids.h", "json.h", "result.h", "sha256.h")
PURE_LIBRARIES = (
    "algorithm", "array", "bit", "bitset", "cctype", "charconv", "chrono", "climits", "compare",
    "concepts", "cstddef", "cstdint", "cstring", "deque", "functional", "initializer_list",
    "iterator", "limits", "list", "map", "memory", "numeric", "optional", "queue", "ranges", "set",
    "span", "stack", "stdexcept", "string", "string_view", "tuple", "type_traits", "utility",
    "variant", "vector", "nlohmann/json.hpp", "re2/re2.h", "tl/expected.hpp",
)
# Code that needs no forbidden header to be impure.
IMPURE_CODE = {
    r"::now\s*\(": "reads a clock",
    r"\bSystemClock\b": "reads a clock",
    r"\b(?:time|clock_gettime)\s*\(\s*(?:nullptr|NULL|0|CLOCK_)": "reads a clock",
    r"\b(?:std::)?getenv\s*\(": "reads the environment",
    r"\b(?:std::)?s?rand\s*\(": "draws a random number",
}

# One library, one room: a header with this beginning is included nowhere else.
EXTERNAL = {
    "fuse": ("fuse",),
    "sqlite3": ("sqlite", "base/sqlite", "notifier/outbox"),
    "curl/": ("notifier/targets",),
    "re2/": ("schema",),
    "corosync/": ("corosync",),
    "systemd/": ("base",),
    "openssl/": ("base",),
    "gmime/": ("notifier/forward",),
    "boost/": ("daemon", "notifier/daemon", "notifier/cli", "tools/pmxctl"),
}

TEST_LIBRARIES = ("gtest/", "gmock/", "rapidcheck", "benchmark/")
