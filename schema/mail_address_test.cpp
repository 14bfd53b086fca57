#include "schema/mail_address.h"

#include <gtest/gtest.h>

namespace pmx::schema {
namespace {

TEST(MailAddress, TakesPlainAddresses) {
    for (const char* address :
         {"a@b", "admin@example.com", "first.last+tag@mail.example.co.uk", "root@localhost",
          "o'brien@example.com", "x_y-z@host-1.example", "root@my_host", "1@2.3"}) {
        EXPECT_TRUE(is_mail_address(address)) << address;
    }
}

TEST(MailAddress, RefusesWhatSomebodyElseCouldReadDifferently) {
    for (const char* text : {"",
                             "@",
                             "a@",
                             "@b",
                             "root",
                             "a@@b",
                             "a@b@c",
                             "-f@example.com",
                             "--@b",
                             "a b@c",
                             "a@b c",
                             " a@b",
                             "a@b ",
                             "a@b\n",
                             "a\r\nBcc: x@y",
                             "a@b,c@d",
                             "a@b;c@d",
                             "<a@b>",
                             "A <a@b>",
                             "a@[1.2.3.4]",
                             "\"a\"@b",
                             "a..b@c",
                             ".a@b",
                             "a.@b",
                             "a@.b",
                             "a@b.",
                             "a@b..c",
                             "a@-b",
                             "a@b-",
                             "a@b!c",
                             "a@b%c",
                             "m\xc3\xbcller@example.com",
                             "a@ex\xc3\xa4mple.com",
                             "a(b)@c",
                             "a@b\x7f",
                             "a\t@b",
                             "a:b@c",
                             "|prog@b c",
                             "/etc/passwd"}) {
        EXPECT_FALSE(is_mail_address(text)) << text;
    }
    EXPECT_FALSE(is_mail_address(std::string_view("a\0@b", 4)));
}

TEST(MailAddress, KeepsTheLengthsOfSmtp) {
    const std::string local64(64, 'a');
    EXPECT_TRUE(is_mail_address(local64 + "@b"));
    EXPECT_FALSE(is_mail_address(local64 + "a@b"));
    const std::string label63(63, 'b');
    EXPECT_TRUE(is_mail_address("a@" + label63));
    EXPECT_FALSE(is_mail_address("a@" + label63 + "b"));
    const std::string domain = label63 + "." + label63 + "." + label63 + ".";
    EXPECT_TRUE(is_mail_address("a@" + domain + std::string(254 - 2 - domain.size(), 'c')));
    EXPECT_FALSE(is_mail_address("a@" + domain + std::string(255 - 2 - domain.size(), 'c')));
}

TEST(MailAddress, KeyIgnoresTheCaseOfTheDomainOnly) {
    EXPECT_EQ(mail_address_key("A@Example.COM"), mail_address_key("A@example.com"));
    EXPECT_NE(mail_address_key("A@example.com"), mail_address_key("a@example.com"));
    EXPECT_EQ(mail_address_key("root"), "root");
}

}  // namespace
}  // namespace pmx::schema
