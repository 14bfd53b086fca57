#include "notifier/targets/smtp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "notifier/targets/curl_transfer.h"
#include "notifier/targets/smtp_dialogue.h"
#include "notifier/targets/smtp_server_for_test.h"

namespace pmx::notifier {
namespace {

using Answers = std::map<std::string, std::string>;
using std::chrono::milliseconds;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class SmtpTest : public testing::Test {
  protected:
    static void SetUpTestSuite() { initialise_curl(); }

    static SmtpCall call_to(const ScriptedSmtpServer& server) {
        SmtpCall call;
        call.server = "127.0.0.1";
        call.port = server.port();
        call.security = SmtpSecurity::none;
        call.from = "from@test";
        call.recipients = {"a@test", "b@test"};
        call.message = "Subject: x\n\nfirst\n.\n..two\nend\n";
        call.timeout = milliseconds(1500);
        return call;
    }

    Outcome send(const ScriptedSmtpServer& server) { return send_smtp(call_to(server), stop_); }

    Outcome send_where(Answers answers) {
        const ScriptedSmtpServer server(std::move(answers));
        return send(server);
    }

    StopSignal stop_;
};

TEST_F(SmtpTest, SendsTheWholeMessage) {
    std::vector<std::string> commands;
    std::string message;
    {
        const ScriptedSmtpServer server({});
        EXPECT_EQ(send(server).kind, OutcomeKind::delivered);
        commands = server.commands();
        message = server.message();
    }
    EXPECT_THAT(commands, Contains(StartsWith("MAIL FROM:<from@test>")));
    EXPECT_THAT(commands, Contains("RCPT TO:<a@test>"));
    EXPECT_THAT(commands, Contains("RCPT TO:<b@test>"));
    // A line that begins with a dot gets another one on its way (RFC 5321, 4.5.2).
    EXPECT_EQ(message, "Subject: x\n\nfirst\n..\n...two\nend\n");
}

TEST_F(SmtpTest, ARecipientRefusedDoesNotKeepItFromTheOthers) {
    const Outcome outcome = send_where({{"RCPT TO:<a@", "550 5.1.1 no such user"}});
    EXPECT_EQ(outcome.kind, OutcomeKind::permanent);
    EXPECT_THAT(outcome.remaining, ElementsAre("a@test"));
    EXPECT_THAT(outcome.reason,
                HasSubstr("took it for b@test, not for a@test: 550 5.1.1 no such user"));
}

TEST_F(SmtpTest, ARecipientToBeTriedAgainIsTheOnlyOneThatRemains) {
    const Outcome outcome = send_where({{"RCPT TO:<b@", "451-greylisted\r\n451 come back"}});
    EXPECT_EQ(outcome.kind, OutcomeKind::retry);
    EXPECT_THAT(outcome.remaining, ElementsAre("b@test"));
    EXPECT_TRUE(outcome.of_recipients);
    EXPECT_THAT(outcome.reason, HasSubstr("b@test: 451-greylisted come back"));
}

TEST_F(SmtpTest, WhereAllAreRefusedOneThatMayBeTakenLaterDecides) {
    Outcome outcome = send_where({{"RCPT", "550 no"}});
    EXPECT_EQ(outcome.kind, OutcomeKind::permanent);
    EXPECT_THAT(outcome.remaining, IsEmpty());
    EXPECT_THAT(outcome.reason, HasSubstr("refused a@test: 550 no; b@test: 550 no"));
    outcome = send_where({{"RCPT TO:<a@", "450 later"}, {"RCPT TO:<b@", "550 no"}});
    EXPECT_EQ(outcome.kind, OutcomeKind::retry);
    EXPECT_THAT(outcome.remaining, IsEmpty());
}

struct Answer {
    std::string command;
    std::string answer;
    OutcomeKind kind;
    std::string reason;
};

class SmtpAnswers : public SmtpTest, public testing::WithParamInterface<Answer> {};

TEST_P(SmtpAnswers, Decide) {
    const Outcome outcome = send_where({{GetParam().command, GetParam().answer}});
    EXPECT_EQ(outcome.kind, GetParam().kind);
    EXPECT_THAT(outcome.reason, HasSubstr(GetParam().reason));
    EXPECT_THAT(outcome.remaining, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    All, SmtpAnswers,
    testing::Values(Answer{"", "421 busy", OutcomeKind::retry, "421 busy"},
                    Answer{"", "554 go away", OutcomeKind::permanent, "554 go away"},
                    Answer{"", "", OutcomeKind::retry, "cannot send through"},
                    Answer{"", "what is this", OutcomeKind::retry, "cannot send through"},
                    Answer{"MAIL", "550 not you", OutcomeKind::permanent,
                           "refused the sender: 550 not you"},
                    Answer{"MAIL", "452 full", OutcomeKind::retry, "452 full"},
                    Answer{"DATA", "554 no", OutcomeKind::permanent, "refused the mail: 554 no"},
                    Answer{".", "552 too large", OutcomeKind::permanent, "552 too large"},
                    Answer{".", "451 try again", OutcomeKind::retry, "451 try again"},
                    Answer{".", "", OutcomeKind::retry, "cannot send through"},
                    Answer{"QUIT", "500 no", OutcomeKind::delivered, ""},
                    Answer{"QUIT", "", OutcomeKind::delivered, ""}));

// What the server took is delivered, however the connection ends.
TEST_F(SmtpTest, DoesNotWaitForTheAnswerToQuit) {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(send_where({{"QUIT", "hang"}}).kind, OutcomeKind::delivered);
    EXPECT_EQ(send_where({{"MAIL", "550 no"}, {"QUIT", "hang"}}).kind, OutcomeKind::permanent);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(1000));
}

TEST_F(SmtpTest, GivesUpInTime) {
    const ScriptedSmtpServer server(Answers{{"MAIL", "hang"}});
    SmtpCall call = call_to(server);
    call.timeout = milliseconds(300);
    const Outcome outcome = send_smtp(call, stop_);
    EXPECT_EQ(outcome.kind, OutcomeKind::retry);
    EXPECT_THAT(outcome.reason, HasSubstr("cannot send through"));
}

TEST_F(SmtpTest, EndsAtOnceWhenTheDaemonStops) {
    const ScriptedSmtpServer server(Answers{{"MAIL", "hang"}});
    SmtpCall call = call_to(server);
    call.timeout = milliseconds(60'000);
    stop_.raise();
    EXPECT_EQ(send_smtp(call, stop_).kind, OutcomeKind::interrupted);
}

TEST_F(SmtpTest, WithoutStarttlsNothingIsSent) {
    std::vector<std::string> commands;
    {
        const ScriptedSmtpServer server({});
        SmtpCall call = call_to(server);
        call.security = SmtpSecurity::starttls;
        call.login = {"joe", "pa55w0rd"};
        const Outcome outcome = send_smtp(call, stop_);
        EXPECT_EQ(outcome.kind, OutcomeKind::retry);
        EXPECT_THAT(outcome.reason, HasSubstr("STARTTLS"));
        commands = server.commands();
    }
    EXPECT_THAT(commands, Not(Contains(StartsWith("AUTH"))));
    EXPECT_THAT(commands, Not(Contains(StartsWith("MAIL"))));
}

TEST_F(SmtpTest, ARefusedLoginIsPermanentAndKeepsItsSecret) {
    // "\0joe\0pa55w0rd" as AUTH PLAIN has it.
    const ScriptedSmtpServer server({{"EHLO", "250-test\r\n250 AUTH PLAIN LOGIN"},
                                     {"AUTH PLAIN", "535 no: AGpvZQBwYTU1dzByZA== (pa55w0rd)"}});
    SmtpCall call = call_to(server);
    call.login = {"joe", "pa55w0rd"};
    const Outcome outcome = send_smtp(call, stop_);
    EXPECT_EQ(outcome.kind, OutcomeKind::permanent);
    EXPECT_THAT(outcome.reason, HasSubstr("refused the login: 535 no: *** (***)"));
}

TEST_F(SmtpTest, ALoginThatMayWorkLaterIsTriedAgain) {
    const ScriptedSmtpServer server(
        {{"EHLO", "250-test\r\n250 AUTH PLAIN"}, {"AUTH", "454 4.7.0 the directory is away"}});
    SmtpCall call = call_to(server);
    call.login = {"joe", "x"};
    const Outcome outcome = send_smtp(call, stop_);
    EXPECT_EQ(outcome.kind, OutcomeKind::retry);
    EXPECT_THAT(outcome.reason, HasSubstr("454 4.7.0"));
}

// With a name to log in by, a mail never goes out without.
TEST_F(SmtpTest, WithoutALoginNothingIsSent) {
    for (const char* offered : {"250-test\r\n250 8BITMIME", "250-test\r\n250 AUTH GSSAPI",
                                "250-AUTHOR\r\n250 X-AUTH PLAIN"}) {
        std::vector<std::string> commands;
        {
            const ScriptedSmtpServer server(Answers{{"EHLO", offered}});
            SmtpCall call = call_to(server);
            call.login = {"joe", "pa55w0rd"};
            const Outcome outcome = send_smtp(call, stop_);
            EXPECT_EQ(outcome.kind, OutcomeKind::permanent) << offered;
            EXPECT_THAT(outcome.reason, HasSubstr("offers no login that can be used without TLS"));
            commands = server.commands();
        }
        EXPECT_THAT(commands, Not(Contains(StartsWith("MAIL")))) << offered;
    }
}

bool has_ipv6() {
    const UniqueFd probe(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    return probe &&
           ::bind(probe.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
}

TEST_F(SmtpTest, AnIpv6AddressStandsInBrackets) {
    if (!has_ipv6()) GTEST_SKIP() << "this machine has no IPv6";
    const ScriptedSmtpServer server({});
    SmtpCall call = call_to(server);
    call.server = "[::1]";
    EXPECT_EQ(send_smtp(call, stop_).kind, OutcomeKind::delivered);
}

TEST_F(SmtpTest, AServerThatIsNoHostIsNotAsked) {
    SmtpCall call;
    call.server = "mail.test/../x\r\n";
    EXPECT_EQ(send_smtp(call, stop_).kind, OutcomeKind::permanent);
}

TEST(SmtpDialogue, MakesOneReplyOfManyLines) {
    SmtpDialogue dialogue;
    dialogue.received("220 hello\r\n");
    dialogue.sent("RCPT TO:<a@test>\r\n");
    dialogue.received("550-one\r\n");
    dialogue.received("550-two\r\n");
    dialogue.received("550 three\r\n");
    ASSERT_EQ(dialogue.replies().size(), 2U);
    EXPECT_EQ(dialogue.last()->command, "RCPT");
    EXPECT_EQ(dialogue.last()->recipient, "a@test");
    EXPECT_EQ(dialogue.last()->code, 550);
    EXPECT_EQ(dialogue.last()->text, "550-one two three");
}

TEST(SmtpDialogue, IsBoundedWhateverAServerSays) {
    SmtpDialogue dialogue;
    for (int i = 0; i < 100'000; ++i)
        dialogue.received("250-" + std::string(500, 'x') + "\r\n");
    dialogue.received("250 end\r\n");
    EXPECT_LE(dialogue.last()->text.size(), 300U);
    for (int i = 0; i < 100'000; ++i)
        dialogue.received("250 x\r\n");
    EXPECT_LE(dialogue.replies().size(), 4096U);
}

}  // namespace
}  // namespace pmx::notifier
