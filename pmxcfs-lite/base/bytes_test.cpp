#include "base/bytes.h"

#include <gtest/gtest.h>

namespace pmx {
namespace {

TEST(Bytes, RoundTripsEveryKind) {
    const RequestId request{NodeId(7), Boot(0x0123456789abcdef), 42};
    const View view{{3, {}}, 9, NodeId(2)};
    ByteWriter writer;
    writer.u8(0xff);
    writer.u16(0xbeef);
    writer.u32(0xdeadbeef);
    writer.i64(-5);
    writer.string("text");
    writer.id(request);
    writer.id(view);

    ByteReader reader(writer.bytes());
    EXPECT_EQ(reader.u8(), 0xff);
    EXPECT_EQ(reader.u16(), 0xbeef);
    EXPECT_EQ(reader.u32(), 0xdeadbeefU);
    EXPECT_EQ(reader.i64(), -5);
    EXPECT_EQ(reader.string(4), "text");
    EXPECT_EQ(reader.request_id(), request);
    EXPECT_EQ(reader.view(), view);
    EXPECT_TRUE(reader.complete());
}

TEST(Bytes, IntegersAreLittleEndian) {
    ByteWriter writer;
    writer.u32(0x01020304);
    EXPECT_EQ(writer.bytes(), std::string("\x04\x03\x02\x01", 4));
}

TEST(Bytes, AReadPastTheEndFailsAndStaysFailed) {
    ByteReader reader(std::string_view("\x01\x02", 2));
    EXPECT_EQ(reader.u32(), 0U);
    EXPECT_TRUE(reader.failed());
    EXPECT_EQ(reader.u8(), 0U);
    EXPECT_FALSE(reader.complete());
}

TEST(Bytes, ALengthOverTheLimitFailsWithoutReading) {
    ByteWriter writer;
    writer.string("12345");
    ByteReader reader(writer.bytes());
    EXPECT_EQ(reader.string(4), "");
    EXPECT_TRUE(reader.failed());
}

TEST(Bytes, BytesLeftOverAreNotComplete) {
    ByteReader reader(std::string_view("\x01\x02", 2));
    reader.u8();
    EXPECT_FALSE(reader.failed());
    EXPECT_FALSE(reader.complete());
}

}  // namespace
}  // namespace pmx
