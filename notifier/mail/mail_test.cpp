#include "notifier/mail/mail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "notifier/mail/encode.h"

namespace pmx::notifier {
namespace {

using testing::HasSubstr;
using testing::Not;

MailMessage message() {
    MailMessage mail;
    mail.from_address = "root@node1";
    mail.author = "Proxmox VE";
    mail.recipients = {"a@example.com", "root"};
    mail.subject = "Subject";
    mail.text = "text\n";
    mail.html = "<p>text</p>\n";
    mail.message_id = message_id("event", "target", "node1");
    mail.timestamp_s = 1'700'000'000;
    return mail;
}

std::string composed(const MailMessage& mail, std::uint8_t seed = 7) {
    BoundarySeed bytes{};
    bytes.fill(seed);
    auto result = compose(mail, bytes);
    return result ? *result : "error: " + result.error().message();
}

TEST(Mail, HeadersAsTheyShouldBe) {
    EXPECT_THAT(composed(message()), testing::StartsWith("From: Proxmox VE <root@node1>\n"
                                                         "To: a@example.com, root\n"
                                                         "Subject: Subject\n"
                                                         "Date: Tue, 14 Nov 2023 22:13:20 +0000\n"
                                                         "Message-ID: <event.target@node1>\n"
                                                         "X-Pmx-Notification: event.target@node1\n"
                                                         "Auto-Submitted: auto-generated\n"
                                                         "MIME-Version: 1.0\n"
                                                         "Content-Type: multipart/alternative;\n"));
}

TEST(Mail, TheSameDeliveryHasTheSameIdAndAnotherOneAnother) {
    EXPECT_EQ(message_id("e", "t", "n"), message_id("e", "t", "n"));
    EXPECT_NE(message_id("e", "t", "n"), message_id("e", "u", "n"));
    EXPECT_EQ(message_id("e>\n", "job:1", "a b"), "e__.job_1@a_b");
    EXPECT_EQ(message_id("", "..", "n."), "_._._@n._") << "no atom is empty";
}

TEST(Mail, EveryMessageIdThatIsMadeIsUsable) {
    const std::string longest(300, 'x');
    for (const std::string& part :
         {longest, std::string("-"), std::string(), std::string("\xff")}) {
        MailMessage mail = message();
        mail.message_id = message_id(part, part, part);
        EXPECT_THAT(composed(mail), testing::StartsWith("From: "));
        mail.message_id = "a@b>\nBcc: x";
        EXPECT_THAT(composed(mail), testing::StartsWith("error: "));
    }
}

TEST(Mail, TheBoundaryIsThatOfTheSeed) {
    EXPECT_NE(composed(message(), 1), composed(message(), 2));
    EXPECT_THAT(composed(message(), 1), HasSubstr("=_pmx_01010101"));
}

TEST(Mail, AnAuthorIsQuotedOrEncoded) {
    MailMessage mail = message();
    mail.author = R"(A "B" \, <c>)";
    EXPECT_THAT(composed(mail), HasSubstr("From: \"A \\\"B\\\" \\\\, <c>\" <root@node1>\n"));
    mail.author = "Büro";
    EXPECT_THAT(composed(mail), HasSubstr("From: =?UTF-8?B?QsO8cm8=?= <root@node1>\n"));
    mail.author = "=?utf-8?q?evil?=";
    EXPECT_THAT(composed(mail), Not(HasSubstr("q?evil")));
    mail.author = "";
    EXPECT_THAT(composed(mail), testing::StartsWith("From: root@node1\n"));
}

TEST(Mail, NothingCanStartANewHeader) {
    for (const char* evil : {"x\nBcc: e@x", "x\r\nBcc: e@x", "x\rBcc: e@x", "x\n\nbody"}) {
        MailMessage mail = message();
        mail.subject = evil;
        mail.author = evil;
        const std::string text = composed(mail);
        EXPECT_THAT(text, Not(HasSubstr("\nBcc")));
        EXPECT_THAT(text, Not(HasSubstr("\r")));
        EXPECT_LT(text.find("Auto-Submitted"), text.find("\n\n"));
    }
}

TEST(Mail, AnAddressThatIsNoneIsRefused) {
    for (const char* bad : {"", "a b@c", "a@b\nBcc: x", "<a@b>", "-f@x", "a,b@c", "\"a\"@b",
                            "\xC3\xBC@b", "a@b;c", "a@b\\", "a@(b)"}) {
        EXPECT_FALSE(is_usable_address(bad)) << bad;
        MailMessage mail = message();
        mail.recipients = {bad};
        EXPECT_THAT(composed(mail), testing::StartsWith("error: "));
        mail = message();
        mail.from_address = bad;
        EXPECT_THAT(composed(mail), testing::StartsWith("error: "));
    }
    MailMessage mail = message();
    mail.recipients.clear();
    EXPECT_THAT(composed(mail), HasSubstr("no recipient"));
}

TEST(Mail, ManyRecipientsAreFolded) {
    MailMessage mail = message();
    mail.recipients.assign(100, "somebody@example.com");
    const std::string text = composed(mail);
    std::size_t begin = 0;
    for (std::size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1)
        EXPECT_LE(end - begin, 78U);
}

TEST(Mail, ABodyWithoutHazardsIsLeftAsItIs) {
    EXPECT_THAT(composed(message()), HasSubstr("Content-Transfer-Encoding: 7bit\n\ntext\n"));
}

TEST(Mail, HazardsOfTheBodyAreEncoded) {
    for (const char* body : {"a\n.\nb", "From me", "\xC3\xBC", "caf\xE9", "a\x01"}) {
        MailMessage mail = message();
        mail.text = body;
        const std::string text = composed(mail);
        EXPECT_THAT(text, Not(HasSubstr("\n.\n")));
        EXPECT_THAT(text, Not(HasSubstr("\nFrom ")));
        EXPECT_TRUE(std::all_of(text.begin(), text.end(),
                                [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
    }
    MailMessage mail = message();
    mail.text = std::string(5000, 'x');
    EXPECT_THAT(composed(mail), HasSubstr("quoted-printable"));
    mail.text = "日本語日本語";
    EXPECT_THAT(composed(mail), HasSubstr("base64"));
}

TEST(Encode, QuotedPrintable) {
    EXPECT_EQ(quoted_printable("a=b\n"), "a=3Db\n");
    EXPECT_EQ(quoted_printable("end \nend\t\n"), "end=20\nend=09\n");
    EXPECT_EQ(quoted_printable(".\nFoo"), "=2E\n=46oo\n");
    EXPECT_EQ(quoted_printable(std::string(80, 'x')),
              std::string(75, 'x') + "=\n" + std::string(5, 'x') + "\n");
    EXPECT_EQ(quoted_printable(std::string(75, 'x') + "."), std::string(75, 'x') + "=\n=2E\n");
}

TEST(Encode, TextIsMadeUtf8) {
    EXPECT_EQ(clean_text("a\r\nb\rc\n"), "a\nb\nc\n");
    EXPECT_EQ(clean_text("\xC0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD") << "overlong";
    EXPECT_EQ(clean_text("\xED\xA0\x80").size(), 9U) << "a surrogate";
    EXPECT_EQ(clean_text("\xF4\x90\x80\x80").size(), 12U) << "above U+10FFFF";
    EXPECT_EQ(clean_text("\xF0\x9F\x98\x80"), "\xF0\x9F\x98\x80");
    EXPECT_EQ(clean_text("\xE2\x82"), "\xEF\xBF\xBD\xEF\xBF\xBD") << "cut off";
    EXPECT_EQ(clean_line("a\nb\tc"), "a b c");
}

TEST(Encode, EncodedWordsKeepCharactersWhole) {
    std::string text;
    for (int i = 0; i < 100; ++i)
        text += "\xE6\x97\xA5";
    const std::string words = encoded_words(text, 9);
    std::size_t begin = 0;
    while (begin < words.size()) {
        const std::size_t end = std::min(words.find("\n ", begin), words.size());
        const std::string word = words.substr(begin, end - begin);
        EXPECT_LE(word.size(), 75U);
        // Three bytes a character and a group: base64 of whole characters needs no padding.
        EXPECT_THAT(word, Not(HasSubstr("=?=")));
        begin = end + 2;
    }
}

}  // namespace
}  // namespace pmx::notifier
