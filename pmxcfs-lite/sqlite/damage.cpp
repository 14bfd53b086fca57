#include "sqlite/damage.h"

#include "base/bytes.h"

namespace pmx::sqlite {
namespace {

// So that a database damaged all over does not make a diagnosis that nobody can store or read.
constexpr std::size_t max_lines = 10'000;
constexpr std::size_t max_line_bytes = 64 << 10;

void write_lines(ByteWriter& writer, const std::vector<std::string>& lines) {
    const std::size_t count = std::min(lines.size(), max_lines);
    writer.u32(static_cast<std::uint32_t>(count));
    for (std::size_t i = 0; i < count; ++i)
        writer.string(std::string_view(lines[i]).substr(0, max_line_bytes));
}

std::vector<std::string> read_lines(ByteReader& reader) {
    std::vector<std::string> lines;
    const std::uint32_t count = reader.u32();
    if (count > max_lines) reader.fail();
    for (std::uint32_t i = 0; i < count && !reader.failed(); ++i)
        lines.emplace_back(reader.string(max_line_bytes));
    return lines;
}

}  // namespace

std::string summary(const Damage& damage) {
    std::string text =
        damage.set_aside.empty() ? "the database cannot be written: " : "the database is damaged: ";
    text += damage.problems.front();
    if (damage.problems.size() > 1) {
        text += " (and " + std::to_string(damage.problems.size() - 1) + " more)";
    }
    text += "; " + std::to_string(damage.whole_files) + " files are whole and served read-only";
    if (!damage.lost.empty())
        text += ", " + std::to_string(damage.lost.size()) + " things are lost";
    if (!damage.set_aside.empty()) text += "; the damaged files are in " + damage.set_aside;
    return text;
}

std::string encode(const Damage& damage) {
    ByteWriter writer;
    write_lines(writer, damage.problems);
    write_lines(writer, damage.lost);
    writer.u64(damage.whole_files);
    writer.u64(damage.whole_directories);
    writer.string(damage.set_aside);
    writer.u8(damage.confirmable ? 1 : 0);
    return writer.take();
}

Result<Damage> decode_damage(std::string_view bytes) {
    ByteReader reader(bytes);
    Damage damage;
    damage.problems = read_lines(reader);
    damage.lost = read_lines(reader);
    damage.whole_files = reader.u64();
    damage.whole_directories = reader.u64();
    damage.set_aside = reader.string(max_line_bytes);
    damage.confirmable = reader.u8() != 0;
    if (reader.complete() && !damage.problems.empty()) return damage;
    return fail(Code::corrupt, "the diagnosis does not decode");
}

}  // namespace pmx::sqlite
