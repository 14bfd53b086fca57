#include "notifier/targets/gotify.h"

#include <curl/curl.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "notifier/mail/encode.h"

namespace pmx::notifier {
namespace {

constexpr std::size_t max_answer_bytes = 16U << 10;
constexpr std::size_t max_shown_bytes = 300;

struct EasyDeleter {
    void operator()(CURL* easy) const { ::curl_easy_cleanup(easy); }
};
struct MultiDeleter {
    void operator()(CURLM* multi) const { ::curl_multi_cleanup(multi); }
};
struct ListDeleter {
    void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, EasyDeleter>;
using Multi = std::unique_ptr<CURLM, MultiDeleter>;
using Headers = std::unique_ptr<curl_slist, ListDeleter>;

int priority_of(Severity severity) {
    switch (severity) {
        case Severity::info:
            return 1;
        case Severity::notice:
            return 3;
        case Severity::warning:
            return 5;
        case Severity::error:
            return 9;
    }
    return 9;
}

std::string message_url(std::string server) {
    server.erase(server.find_last_not_of('/') + 1);
    return server + "/message";
}

void add_header(Headers& headers, const std::string& line) {
    curl_slist* longer = ::curl_slist_append(headers.get(), line.c_str());
    PMX_CHECK(longer != nullptr, "out of memory");
    [[maybe_unused]] auto* same = headers.release();
    headers.reset(longer);
}

// Keeps the beginning; what is beyond ends the transfer.
std::size_t keep_answer(char* bytes, std::size_t size, std::size_t count, void* into) {
    auto& answer = *static_cast<std::string*>(into);
    const std::size_t length = size * count;
    if (answer.size() + length > max_answer_bytes) return 0;
    answer.append(bytes, length);
    return length;
}

template <typename Value>
void set(const Easy& easy, CURLoption option, Value value) {
    const CURLcode code = ::curl_easy_setopt(easy.get(), option, value);
    PMX_CHECK(code == CURLE_OK, "libcurl refuses an option");
}

struct Transfer {
    std::string url;
    std::string body;
    std::string answer;
    char error[CURL_ERROR_SIZE] = {};
    Headers headers;
};

void configure(const Easy& easy, const GotifyCall& call, Transfer& transfer) {
    transfer.url = message_url(call.server);
    transfer.body = gotify_body(call);
    add_header(transfer.headers, "Authorization: Bearer " + call.token);
    add_header(transfer.headers, "X-Gotify-Key: " + call.token);
    add_header(transfer.headers, "Content-Type: application/json");
    add_header(transfer.headers, "Expect:");
    set(easy, CURLOPT_URL, transfer.url.c_str());
    set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(transfer.body.size()));
    set(easy, CURLOPT_POSTFIELDS, transfer.body.c_str());
    set(easy, CURLOPT_HTTPHEADER, transfer.headers.get());
    // The token is for the server only, not for a proxy asked to CONNECT.
    set(easy, CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
    set(easy, CURLOPT_USERAGENT, "pmx-notifyd/" PMX_VERSION);
    set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(call.timeout.count()));
    set(easy, CURLOPT_FOLLOWLOCATION, 0L);
    set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    set(easy, CURLOPT_NOSIGNAL, 1L);
    // Not to wait for a name server when the daemon stops.
    set(easy, CURLOPT_QUICK_EXIT, 1L);
    // An empty proxy also keeps http_proxy of the environment out.
    set(easy, CURLOPT_PROXY, call.proxy ? call.proxy->c_str() : "");
    set(easy, CURLOPT_NOPROXY, "");
    set(easy, CURLOPT_ERRORBUFFER, static_cast<char*>(transfer.error));
    set(easy, CURLOPT_WRITEFUNCTION, keep_answer);
    set(easy, CURLOPT_WRITEDATA, static_cast<void*>(&transfer.answer));
}

// Nothing when the daemon stopped meanwhile.
std::optional<CURLcode> run(const Multi& multi, int stop_fd) {
    for (;;) {
        int running = 0;
        if (::curl_multi_perform(multi.get(), &running) != CURLM_OK) return CURLE_FAILED_INIT;
        int left = 0;
        while (const CURLMsg* message = ::curl_multi_info_read(multi.get(), &left)) {
            if (message->msg == CURLMSG_DONE) return message->data.result;
        }
        curl_waitfd stop{stop_fd, CURL_WAIT_POLLIN, 0};
        if (::curl_multi_poll(multi.get(), &stop, 1, 1000, nullptr) != CURLM_OK) {
            return CURLE_FAILED_INIT;
        }
        if (stop.revents != 0) return std::nullopt;
    }
}

// Whoever wrote it, the token is not shown.
std::string without(std::string text, const std::string& secret) {
    if (secret.empty()) return text;
    for (std::size_t at = 0; (at = text.find(secret, at)) != std::string::npos;) {
        text.replace(at, secret.size(), "***");
        at += 3;
    }
    return text;
}

// Of a URL, the user and password.
std::string user_part(const std::string& url) {
    const std::size_t begin = url.find("://");
    const std::size_t start = begin == std::string::npos ? 0 : begin + 3;
    const std::size_t at = url.rfind('@');
    return at == std::string::npos || at < start ? "" : url.substr(start, at - start);
}

std::string safe(const std::string& text, const GotifyCall& call) {
    std::string shown = without(text, call.token);
    shown = without(shown, user_part(call.server));
    if (call.proxy) shown = without(shown, user_part(*call.proxy));
    return clean_line(shown);
}

// Gotify's own error text, else how the answer begins.
std::string explanation(const std::string& answer) {
    const auto json = nlohmann::json::parse(answer, nullptr, false);
    if (json.is_object()) {
        const auto text = json.find("errorDescription");
        if (text != json.end() && text->is_string()) return text->get<std::string>();
    }
    return answer;
}

Outcome outcome_of_status(long status, const std::string& answer, const GotifyCall& call) {
    if (status >= 200 && status < 300) return Outcome::delivered();
    std::string reason = "the Gotify server answered " + std::to_string(status);
    if (status >= 300 && status < 400) {
        return Outcome::permanent(reason + ": redirects are not followed, correct 'server'");
    }
    if (status == 401 || status == 403) reason += " (is the token right?)";
    const std::string text = safe(explanation(answer), call).substr(0, max_shown_bytes);
    if (!text.empty()) reason += ": " + clean_line(text);
    const bool passing = status == 408 || status == 425 || status == 429 || status >= 500;
    return passing ? Outcome::retry(reason) : Outcome::permanent(reason);
}

// What only a change of the configuration can mend.
bool is_permanent(CURLcode code) {
    return code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL;
}

}  // namespace

void initialise_http() {
    PMX_CHECK(::curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK, "libcurl does not start");
}

std::string gotify_body(const GotifyCall& call) {
    const nlohmann::json body = {
        {"title", clean_line(call.title)},
        {"message", clean_text(call.message)},
        {"priority", priority_of(call.severity)},
        {"extras",
         {{"client::display",
           {{"contentType", call.is_markdown ? "text/markdown" : "text/plain"}}}}}};
    return body.dump();
}

Outcome send_gotify(const GotifyCall& call, const StopSignal& stop) {
    // Must outlive the handle.
    Transfer transfer;
    const Easy easy(::curl_easy_init());
    const Multi multi(::curl_multi_init());
    PMX_CHECK(easy && multi, "out of memory");
    configure(easy, call, transfer);
    if (::curl_multi_add_handle(multi.get(), easy.get()) != CURLM_OK) {
        return Outcome::retry("libcurl cannot start the transfer");
    }
    const auto code = run(multi, stop.fd());
    long status = 0;
    ::curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
    ::curl_multi_remove_handle(multi.get(), easy.get());
    if (!code) return Outcome::interrupted();
    // The status decides as soon as it is there: an answer too long to read is no new failure.
    if (*code == CURLE_OK || (*code == CURLE_WRITE_ERROR && status != 0)) {
        return outcome_of_status(status, transfer.answer, call);
    }
    const std::string detail = transfer.error[0] != '\0' ? static_cast<const char*>(transfer.error)
                                                         : ::curl_easy_strerror(*code);
    const std::string reason =
        "cannot reach " + safe(transfer.url, call) + ": " + safe(detail, call);
    return is_permanent(*code) ? Outcome::permanent(reason) : Outcome::retry(reason);
}

}  // namespace pmx::notifier
