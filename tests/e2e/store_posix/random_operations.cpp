#include "tests/e2e/store_posix/random_operations.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

namespace pmx::test {
namespace {

constexpr std::uint64_t max_offset = 100'000;
constexpr std::size_t max_open_files = 12;
constexpr off_t past_every_end = off_t{1} << 40;

// To tell open files apart in what is printed.
std::string name_of(const TwinFile& file) {
    return "file " + std::to_string(file.identity) + " descriptor " +
           std::to_string(file.fd[mount]) + ": ";
}

std::uint64_t identity_of(const std::string& path) {
    struct stat attributes {};
    return ::lstat(path.c_str(), &attributes) == 0 ? attributes.st_ino : 0;
}

// As programs copy: where the kernel copies nothing, they read and write. The mount refuses its
// copying, and of bytes that are not saved the kernel does not know: it takes their place for the
// end.
Answer copy(int from, off_t from_offset, int to, off_t to_offset, std::size_t size) {
    off_t read_at = from_offset;
    off_t write_at = to_offset;
    Answer copied = answer_of(::copy_file_range(from, &read_at, to, &write_at, size, 0));
    if (copied.value > 0) return copied;
    if (copied.value < 0 && copied.error_number != EINVAL) return copied;
    std::string text(size, '\0');
    Answer read = answer_of(::pread(from, text.data(), size, from_offset));
    if (read.value <= 0) return read;
    return answer_of(::pwrite(to, text.data(), static_cast<std::size_t>(read.value), to_offset));
}

}  // namespace

template <typename Call>
Answer RandomOperations::both(const std::string& what, Call call) {
    if (verbose_) {
        std::fprintf(stderr, "%llu %s\n", static_cast<unsigned long long>(count_), what.c_str());
    }
    return twin_.both("operation " + std::to_string(count_) + ": " + what, call);
}

std::string RandomOperations::directory() {
    static const std::array<std::string, 8> directories{"",    "a",     "b",   "a/c",
                                                        "b/d", "a/c/e", "a/f", "b/d/g"};
    return directories[below(directories.size())];
}

// Few names, so that they meet; files and directories share them now and then.
std::string RandomOperations::path() {
    static const std::array<std::string, 10> names{"f", "g", "h", "i", "j",
                                                   "a", "b", "c", "d", "e"};
    const std::string in = directory();
    const std::string& name = names[below(10) < 8 ? below(5) : below(names.size())];
    return in.empty() ? name : in + "/" + name;
}

std::string RandomOperations::bytes() {
    const std::uint64_t size = below(8) == 0 ? below(70'000) : 1 + below(300);
    std::string text(size, '\0');
    const std::uint64_t salt = random_();
    for (std::size_t i = 0; i < text.size(); ++i)
        text[i] = static_cast<char>('a' + (salt + i * 7 + i / 26) % 26);
    return text;
}

void RandomOperations::one() {
    ++count_;
    using Operation = void (RandomOperations::*)();
    using Self = RandomOperations;
    static constexpr std::array<Operation, 22> on_paths{
        &Self::open_file,        &Self::open_file,        &Self::open_file,    &Self::open_file,
        &Self::open_file,        &Self::open_file,        &Self::open_file,    &Self::open_file,
        &Self::create_directory, &Self::create_directory, &Self::remove_file,  &Self::remove_file,
        &Self::remove_file,      &Self::remove_directory, &Self::rename_path,  &Self::rename_path,
        &Self::rename_path,      &Self::truncate_path,    &Self::look_at_path, &Self::look_at_path,
        &Self::look_at_path,     &Self::list_directory};
    static constexpr std::array<Operation, 16> on_files{
        &Self::write_bytes,  &Self::write_bytes,   &Self::write_bytes, &Self::write_bytes,
        &Self::write_bytes,  &Self::read_bytes,    &Self::read_bytes,  &Self::read_bytes,
        &Self::look_at_open, &Self::truncate_open, &Self::allocate,    &Self::copy_range,
        &Self::sync_file,    &Self::close_file,    &Self::close_file,  &Self::close_file};
    const bool file = !files_.empty() && (files_.size() >= max_open_files || below(2) == 0);
    if (files_.size() >= max_open_files) return close_file();
    (this->*(file ? on_files[below(on_files.size())] : on_paths[below(on_paths.size())]))();
}

// Names ---------------------------------------------------------------------------------------

void RandomOperations::open_file() {
    static constexpr std::array<int, 5> accesses{O_RDONLY, O_RDWR, O_WRONLY, O_RDWR | O_APPEND,
                                                 O_WRONLY | O_APPEND};
    int flags = accesses[below(accesses.size())];
    if (below(2) == 0) flags |= O_CREAT;
    if ((flags & O_CREAT) != 0 && below(3) == 0) flags |= O_EXCL;
    if ((flags & O_ACCMODE) != O_RDONLY && below(3) == 0) flags |= O_TRUNC;
    const std::string name = path();
    settle_path(name);
    TwinFile file;
    const auto call = [&](Side side) {
        file.fd[side] = ::open(twin_.at(side, name).c_str(), flags, 0640);
        const Answer answer = answer_of(file.fd[side]);
        return Answer{
            .value = answer.value < 0 ? -1 : 0, .error_number = answer.error_number, .bytes = {}};
    };
    const Answer answer = both("open " + name + " flags " + std::to_string(flags), call);
    if (answer.value < 0) return;
    struct stat attributes {};
    ::fstat(file.fd[reference], &attributes);
    if (S_ISDIR(attributes.st_mode)) {  // read-only: nothing else is to be done with it
        ::close(file.fd[mount]);
        ::close(file.fd[reference]);
        return;
    }
    file.identity = attributes.st_ino;
    file.flags = flags;
    file.unsaved = (flags & O_TRUNC) != 0;
    if (verbose_) std::fprintf(stderr, "  %s%s\n", name_of(file).c_str(), name.c_str());
    files_.push_back(file);
}

void RandomOperations::create_directory() {
    const std::string name = below(2) == 0 ? directory() : path();
    both("mkdir " + name,
         [&](Side side) { return answer_of(::mkdir(twin_.at(side, name).c_str(), 0755)); });
}

void RandomOperations::remove_file() {
    const std::string name = path();
    both("unlink " + name,
         [&](Side side) { return answer_of(::unlink(twin_.at(side, name).c_str())); });
}

void RandomOperations::remove_directory() {
    const std::string name = below(2) == 0 ? directory() : path();
    if (name.empty()) return;
    both("rmdir " + name,
         [&](Side side) { return answer_of(::rmdir(twin_.at(side, name).c_str())); });
}

void RandomOperations::rename_path() {
    const bool directories = below(4) == 0;
    const std::string from = directories ? directory() : path();
    const std::string to = directories ? directory() : path();
    if (from.empty() || to.empty()) return;
    const unsigned flags = below(5) == 0 ? RENAME_NOREPLACE : 0U;
    both("rename " + from + " " + to + " flags " + std::to_string(flags), [&](Side side) {
        return answer_of(::renameat2(AT_FDCWD, twin_.at(side, from).c_str(), AT_FDCWD,
                                     twin_.at(side, to).c_str(), flags));
    });
}

void RandomOperations::truncate_path() {
    const std::string name = path();
    const auto size = static_cast<off_t>(below(max_offset));
    settle_path(name);
    both("truncate " + name + " " + std::to_string(size),
         [&](Side side) { return answer_of(::truncate(twin_.at(side, name).c_str(), size)); });
}

// Without settling: a process sees the size of its own unsaved edits.
void RandomOperations::look_at_path() {
    const std::string name = path();
    both("stat " + name, [&](Side side) {
        struct stat attributes {};
        Answer answer = answer_of(::lstat(twin_.at(side, name).c_str(), &attributes));
        const bool is_file = answer.value == 0 && S_ISREG(attributes.st_mode);
        answer.bytes = std::to_string(attributes.st_mode & S_IFMT) + " size " +
                       std::to_string(is_file ? attributes.st_size : 0);
        return answer;
    });
}

void RandomOperations::list_directory() {
    const std::string name = directory();
    both("list " + name, [&](Side side) {
        return Answer{.value = 0, .error_number = 0, .bytes = names_in(twin_.at(side, name))};
    });
}

// Open files ----------------------------------------------------------------------------------

void RandomOperations::write_bytes() {
    TwinFile& file = files_[any_file()];
    settle(file.identity, &file);
    const std::string text = bytes();
    const auto offset = static_cast<off_t>(below(max_offset));
    const bool append = (file.flags & O_APPEND) != 0;
    const std::string what = name_of(file) +
                             (append ? "append " : "write at " + std::to_string(offset) + " ") +
                             std::to_string(text.size()) + " bytes";
    const Answer answer = both(what, [&](Side side) {
        return answer_of(append ? ::write(file.fd[side], text.data(), text.size())
                                : ::pwrite(file.fd[side], text.data(), text.size(), offset));
    });
    file.unsaved = file.unsaved || answer.value >= 0;
    file.written = file.written || answer.value > 0;
}

void RandomOperations::read_bytes() {
    TwinFile& file = files_[any_file()];
    settle(file.identity, &file);
    const auto offset = static_cast<off_t>(below(2) == 0 ? 0 : below(max_offset));
    const std::uint64_t size = 1 + below(max_offset);
    both(
        name_of(file) + "read at " + std::to_string(offset) + " " + std::to_string(size) + " bytes",
        [&](Side side) {
            std::string buffer(size, '\0');
            static_cast<void>(::pread(file.fd[side], buffer.data(), 1, past_every_end));
            Answer answer = answer_of(::pread(file.fd[side], buffer.data(), size, offset));
            if (answer.value > 0) {
                answer.bytes = buffer.substr(0, static_cast<std::size_t>(answer.value));
            }
            return answer;
        });
}

void RandomOperations::truncate_open() {
    TwinFile& file = files_[any_file()];
    settle(file.identity, &file);
    const auto size = static_cast<off_t>(below(3) == 0 ? 0 : below(max_offset));
    const Answer answer = both(name_of(file) + "ftruncate " + std::to_string(size), [&](Side side) {
        return answer_of(::ftruncate(file.fd[side], size));
    });
    file.unsaved = file.unsaved || answer.value == 0;
}

void RandomOperations::allocate() {
    TwinFile& file = files_[any_file()];
    settle(file.identity, &file);
    const auto offset = static_cast<off_t>(below(max_offset));
    const auto size = static_cast<off_t>(1 + below(1000));
    const Answer answer =
        both(name_of(file) + "fallocate " + std::to_string(offset) + " " + std::to_string(size),
             [&](Side side) { return answer_of(::fallocate(file.fd[side], 0, offset, size)); });
    file.unsaved = file.unsaved || answer.value == 0;
}

void RandomOperations::copy_range() {
    TwinFile& from = files_[any_file()];
    TwinFile& to = files_[any_file()];
    if (from.identity == to.identity) return;  // overlapping ranges have rules of their own
    settle(from.identity, &from);
    settle(to.identity, &to);
    const auto from_offset = static_cast<off_t>(below(1000));
    const auto to_offset = static_cast<off_t>(below(max_offset));
    const std::uint64_t size = 1 + below(10'000);
    const Answer answer =
        both(name_of(to) + "copy_file_range from " + name_of(from) + std::to_string(size),
             [&](Side side) {
                 std::array<char, 1> byte{};
                 static_cast<void>(::pread(from.fd[side], byte.data(), 1, past_every_end));
                 return copy(from.fd[side], from_offset, to.fd[side], to_offset, size);
             });
    to.unsaved = to.unsaved || answer.value > 0;
    to.written = to.written || answer.value > 0;
}

void RandomOperations::look_at_open() {
    TwinFile& file = files_[any_file()];
    settle(file.identity, &file);
    both(name_of(file) + "fstat", [&](Side side) {
        struct stat attributes {};
        Answer answer = answer_of(::fstat(file.fd[side], &attributes));
        answer.bytes = "size " + std::to_string(attributes.st_size) + " links " +
                       std::to_string(attributes.st_nlink) + " end " +
                       std::to_string(::lseek(file.fd[side], 0, SEEK_END));
        return answer;
    });
}

void RandomOperations::sync_file() {
    sync(files_[any_file()]);
}

void RandomOperations::close_file() {
    const std::size_t which = any_file();
    if (files_[which].unsaved && !files_[which].written) sync(files_[which]);
    both(name_of(files_[which]) + "close",
         [&](Side side) { return answer_of(::close(files_[which].fd[side])); });
    files_.erase(files_.begin() + static_cast<std::ptrdiff_t>(which));
}

void RandomOperations::sync(TwinFile& file) {
    both(name_of(file) + "fsync", [&](Side side) { return answer_of(::fsync(file.fd[side])); });
    file.unsaved = false;
    file.written = false;
}

void RandomOperations::settle(std::uint64_t identity, const TwinFile* except) {
    for (TwinFile& file : files_) {
        if (file.identity == identity && file.unsaved && &file != except) sync(file);
    }
}

void RandomOperations::settle_path(const std::string& path) {
    settle(identity_of(twin_.at(reference, path)));
}

void RandomOperations::compare() {
    for (TwinFile& file : files_) {
        if (file.unsaved) sync(file);
    }
    twin_.compare_trees();
}

void RandomOperations::close_all() {
    while (!files_.empty())
        close_file();
}

}  // namespace pmx::test
