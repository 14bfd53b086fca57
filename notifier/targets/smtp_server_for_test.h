// An SMTP server that says what a test told it to, one connection after the other.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "base/check.h"
#include "base/unique_fd.h"

namespace pmx::notifier {

class ScriptedSmtpServer {
  public:
    // What a command that starts like the key is answered, instead of as usual. The key "" is the
    // greeting, "." the end of the message. No answer: the connection is closed there; "hang": it
    // stays open.
    explicit ScriptedSmtpServer(std::map<std::string, std::string> answers)
        : answers_(std::move(answers)),
          listener_(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        // 127.0.0.1 and ::1.
        const int not_only = 0;
        ::setsockopt(listener_.get(), IPPROTO_IPV6, IPV6_V6ONLY, &not_only, sizeof(not_only));
        sockaddr_in6 address{};
        address.sin6_family = AF_INET6;
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        socklen_t size = sizeof(address);
        PMX_CHECK(::bind(listener_.get(), generic, size) == 0 &&
                      ::listen(listener_.get(), 8) == 0 &&
                      ::getsockname(listener_.get(), generic, &size) == 0,
                  "no server for the test");
        port_ = ntohs(address.sin6_port);
        thread_ = std::thread([this] { serve(); });
    }
    ~ScriptedSmtpServer() {
        ::shutdown(listener_.get(), SHUT_RDWR);
        ::shutdown(connection_, SHUT_RDWR);
        thread_.join();
    }
    ScriptedSmtpServer(const ScriptedSmtpServer&) = delete;
    ScriptedSmtpServer& operator=(const ScriptedSmtpServer&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    // To be read when the client is done.
    [[nodiscard]] const std::vector<std::string>& commands() const { return commands_; }
    [[nodiscard]] const std::string& message() const { return message_; }  // as on the wire

  private:
    void serve() {
        for (;;) {
            const UniqueFd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            if (!connection) return;
            connection_ = connection.get();
            talk(connection.get());
            connection_ = -1;
        }
    }

    void talk(int fd) {
        std::string buffer;
        if (!answer(fd, "", "220 test ESMTP")) return;
        for (std::string line; next_line(fd, buffer, line);) {
            commands_.push_back(line);
            if (line == "DATA") {
                if (!answer(fd, line, "354 go on")) return;
                if (answers_.contains("DATA")) continue;
                while (next_line(fd, buffer, line) && line != ".")
                    message_ += line + "\n";
                if (!answer(fd, ".", "250 taken")) return;
            } else if (!answer(fd, line,
                               line.starts_with("EHLO") ? "250-test\r\n250 8BITMIME" : "250 ok")) {
                return;
            }
        }
    }

    bool answer(int fd, const std::string& line, std::string text) {
        for (const auto& [command, other] : answers_) {
            if (command.empty() ? line.empty() : line.starts_with(command)) text = other;
        }
        if (text == "hang") {
            char byte = 0;
            while (::recv(fd, &byte, 1, 0) > 0) {
            }
            return false;
        }
        if (text.empty()) return false;
        text += "\r\n";
        return ::send(fd, text.data(), text.size(), MSG_NOSIGNAL) > 0;
    }

    static bool next_line(int fd, std::string& buffer, std::string& line) {
        std::size_t end = 0;
        while ((end = buffer.find("\r\n")) == std::string::npos) {
            char chunk[4096];
            const ssize_t got = ::recv(fd, chunk, sizeof(chunk), 0);
            if (got <= 0) return false;
            buffer.append(chunk, static_cast<std::size_t>(got));
        }
        line = buffer.substr(0, end);
        buffer.erase(0, end + 2);
        return true;
    }

    const std::map<std::string, std::string> answers_;
    UniqueFd listener_;
    std::uint16_t port_ = 0;
    std::atomic<int> connection_{-1};
    std::vector<std::string> commands_;
    std::string message_;
    std::thread thread_;
};

}  // namespace pmx::notifier
