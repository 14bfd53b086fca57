#include "notifier/forward/received_mail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "notifier/mail/mail.h"

namespace pmx::notifier {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(ReceivedMail, ASubjectOfNothingThatCanBeShownIsNone) {
    const ReceivedMail mail = read_mail("From: root@pve1\nSubject: \x01\x02\n\nhello\n");
    const auto event = make_event(event_of(mail), "pve1");
    ASSERT_TRUE(event) << event.error().message();
    EXPECT_EQ(event->title, "A mail without a subject");
}

TEST(ReceivedMail, APlainMailOfCron) {
    const ReceivedMail mail = read_mail(
        "From root@pve1 Mon Nov 23 01:00:00 2026\n"
        "From: root@pve1 (Cron Daemon)\nTo: root@pve1\nSubject: Cron <root@pve1> backup.sh\n"
        "Auto-Submitted: auto-generated\nMessage-Id: <1@pve1>\n"
        "Date: Mon, 23 Nov 2026 01:00:00 +0100\n\nno space left\nFrom here on\n");
    EXPECT_EQ(mail.subject, "Cron <root@pve1> backup.sh");
    EXPECT_THAT(mail.from, HasSubstr("root@pve1"));
    EXPECT_EQ(mail.message_id, "1@pve1");
    EXPECT_EQ(mail.text, "no space left\nFrom here on\n");
    EXPECT_FALSE(mail.is_own || mail.returns_own) << "cron's mails are automatic too";
    const EventRequest event = event_of(mail);
    EXPECT_EQ(event.type, "system-mail");
    EXPECT_EQ(event.title, mail.subject);
    EXPECT_TRUE(make_event(event, "pve1"));
    EXPECT_EQ(event.id, event_of(mail).id);
}

TEST(ReceivedMail, CharsetsAndEncodings) {
    const ReceivedMail mail = read_mail(
        "Subject: =?ISO-8859-1?Q?Gr=FC=DFe?= =?UTF-8?B?4oKs?=\n"
        "Content-Type: text/plain; charset=iso-8859-15\n"
        "Content-Transfer-Encoding: quoted-printable\n\nPreis: 5 =A4 f=FCr =\nalle\n");
    EXPECT_EQ(mail.subject, "Grüße€");
    EXPECT_EQ(mail.text, "Preis: 5 € für alle\n");
    const ReceivedMail base64 = read_mail(
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
        "R3LDvMOfZQ==\n");
    EXPECT_EQ(base64.text, "Grüße");
}

constexpr const char* mixed =
    "Subject: report\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=o\n\n--o\n"
    "Content-Type: multipart/alternative; boundary=i\n\n--i\nContent-Type: text/plain\n\nplain\n"
    "--i\nContent-Type: text/html\n\n<p>html</p>\n--i--\n--o\n"
    "Content-Type: application/pdf; name=r.pdf\nContent-Disposition: attachment; filename=r.pdf\n"
    "Content-Transfer-Encoding: base64\n\nAAAA\n--o\nContent-Type: text/plain\n"
    "Content-Disposition: attachment; filename=log.txt\n\nsecret log\n--o--\n";

TEST(ReceivedMail, PlainTextBeforeHtmlAndAttachmentsByName) {
    const ReceivedMail mail = read_mail(mixed);
    EXPECT_THAT(mail.text, HasSubstr("plain"));
    EXPECT_THAT(mail.text, Not(HasSubstr("html")));
    EXPECT_THAT(mail.text, Not(HasSubstr("secret log")));
    EXPECT_THAT(mail.attachments, ElementsAre("r.pdf (application/pdf)", "log.txt (text/plain)"));
    EXPECT_THAT(*event_of(mail).body, HasSubstr("r.pdf"));
}

TEST(ReceivedMail, HtmlAloneIsReadAsText) {
    const ReceivedMail mail = read_mail(
        "Content-Type: text/html\n\n<html><head><title>t</title></head><style>p{}</style>"
        "<p>disk &lt;sda&gt;</p><script>alert(1)</script>fails<br>now");
    EXPECT_EQ(mail.text, "disk <sda>\nfails\nnow");
    EXPECT_EQ(text_of_html("a<b"), "a");
    EXPECT_EQ(text_of_html("<script>"), "");
    EXPECT_EQ(text_of_html("& &amp &amp;lt;"), "& &amp &lt;");
}

std::string own_mail() {
    MailMessage mail;
    mail.from_address = "root@node1";
    mail.recipients = {"root"};
    mail.subject = "backup";
    mail.text = "text\n";
    mail.html = "<p>text</p>\n";
    mail.message_id = message_id("event", "mail-to-root", "node1");
    return compose(mail, BoundarySeed{}).value();
}

TEST(ReceivedMail, OursIsKnownAgain) {
    EXPECT_TRUE(read_mail(own_mail()).is_own);
    EXPECT_TRUE(read_mail("Received: from x\n" + own_mail()).is_own);
    EXPECT_FALSE(read_mail("Subject: x\n\n" + own_mail()).is_own) << "quoted by a person";
    EXPECT_FALSE(read_mail("Subject: x\n\n" + own_mail()).returns_own);
    const EventRequest event = event_of(read_mail(own_mail()));
    EXPECT_TRUE(event.came_back);
    EXPECT_EQ(event.title, "A notification came back: backup");
    EXPECT_THAT(*event.body, HasSubstr("text\n"));
    EXPECT_FALSE(event_of(read_mail("Subject: x\n\n" + own_mail())).came_back);
}

TEST(ReceivedMail, OneOfOursThatIsReturnedIsKnownAgain) {
    const std::string report =
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\n"
        "I'm sorry\n--b\nContent-Type: message/rfc822\n\n" +
        own_mail() + "\n--b--\n";
    EXPECT_TRUE(read_mail(report).returns_own);
    EXPECT_TRUE(event_of(read_mail(report)).came_back);
    EXPECT_TRUE(
        read_mail("From: MAILER-DAEMON@x (Mail Delivery)\n\n--- copy:\n" + own_mail()).returns_own);
    EXPECT_TRUE(read_mail("Auto-Submitted: auto-replied\n\n" + own_mail()).returns_own);
}

TEST(ReceivedMail, TheSameMailIsTheSameEventAndAnotherOneAnother) {
    const std::string one = "Message-ID: <1@x>\nSubject: s\n\ntext\n";
    EXPECT_EQ(event_of(read_mail(one)).id, event_of(read_mail("Received: by y\n" + one)).id);
    EXPECT_NE(event_of(read_mail(one)).id, event_of(read_mail(one + "more\n")).id);
}

TEST(ReceivedMail, WhateverComesBecomesAnEvent) {
    std::string deep = "Content-Type: multipart/mixed; boundary=a\n\n";
    for (int i = 0; i < 5000; ++i)
        deep += "--a\nContent-Type: multipart/mixed; boundary=a\n\n";
    std::string messages;
    for (int i = 0; i < 5000; ++i)
        messages += "Content-Type: message/rfc822\n\n";
    const std::string large =
        "Subject: " + std::string(200'000, 's') + "\n\n" + std::string(10 << 20, 'x');
    for (const std::string& bytes :
         {std::string("\n"), std::string("\xff\xfe\0\x01", 4), std::string("From "), deep, messages,
          large, std::string("Subject: a\r\nBcc: b\r\n\r\n"),
          std::string("Content-Type: text/plain; charset=nonsense\n\n\xff\n"),
          std::string("Content-Type: multipart/mixed\n\nx")}) {
        const EventRequest event = event_of(read_mail(bytes));
        const auto made = make_event(event, "node1");
        ASSERT_TRUE(made) << made.error().message() << bytes.substr(0, 40);
    }
}

}  // namespace
}  // namespace pmx::notifier
