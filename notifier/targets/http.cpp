#include "notifier/targets/http.h"

#include <nlohmann/json.hpp>

#include "notifier/mail/encode.h"
#include "notifier/targets/curl_transfer.h"

namespace pmx::notifier {
namespace {

constexpr std::size_t max_answer_bytes = 16U << 10;
constexpr std::size_t max_shown_bytes = 300;

// Keeps the beginning; what is beyond ends the transfer.
std::size_t keep_answer(char* bytes, std::size_t size, std::size_t count, void* into) {
    auto& answer = *static_cast<std::string*>(into);
    const std::size_t length = size * count;
    if (answer.size() + length > max_answer_bytes) return 0;
    answer.append(bytes, length);
    return length;
}

CurlList header_lines(const HttpRequest& request) {
    CurlList lines;
    // What libcurl would add of itself.
    lines.add("Expect:");
    lines.add("Content-Type:");
    for (const auto& [name, value] : request.headers) {
        const std::string cleaned = clean_line(value);
        // Without a value, libcurl takes the header away, unless it is written like this.
        std::string line = name;
        line += cleaned.empty() ? ";" : ": ";
        line += cleaned;
        lines.add(line);
    }
    return lines;
}

void configure(CurlTransfer& transfer, const HttpRequest& request, const CurlList& headers,
               std::string& answer) {
    transfer.set(CURLOPT_URL, request.url.c_str());
    transfer.set(CURLOPT_PROTOCOLS_STR, "http,https");
    transfer.set(CURLOPT_FOLLOWLOCATION, 0L);
    if (request.method != "GET" || !request.body.empty()) {
        transfer.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
        transfer.set(CURLOPT_POSTFIELDS, request.body.c_str());
        transfer.set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
    transfer.set(CURLOPT_HTTPHEADER, headers.get());
    // What the headers hold is for the server only, not for a proxy asked to CONNECT.
    transfer.set(CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
    transfer.set(CURLOPT_USERAGENT, "pmx-notifyd/" PMX_VERSION);
    if (request.proxy) transfer.set(CURLOPT_PROXY, request.proxy->c_str());
    transfer.set(CURLOPT_WRITEFUNCTION, keep_answer);
    transfer.set(CURLOPT_WRITEDATA, static_cast<void*>(&answer));
}

// The server's own error text where it is JSON, else how the answer begins.
std::string explanation(const std::string& answer) {
    const auto json = nlohmann::json::parse(answer, nullptr, false);
    if (!json.is_object()) return answer;
    for (const char* name : {"errorDescription", "description", "message", "error"}) {
        const auto text = json.find(name);
        if (text != json.end() && text->is_string()) return text->get<std::string>();
    }
    return answer;
}

Outcome outcome_of_status(long status, const std::string& answer, const HttpRequest& request) {
    if (status >= 200 && status < 300) {
        return Outcome::delivered("HTTP status " + std::to_string(status));
    }
    std::string reason = request.server + " answered " + std::to_string(status);
    if (status >= 300 && status < 400) {
        return Outcome::permanent(reason + ": redirects are not followed, correct '" +
                                  request.url_property + "'");
    }
    if (status == 401 || status == 403) reason += " (is the secret right?)";
    const std::string text =
        request.secrets.hidden_in(explanation(answer)).substr(0, max_shown_bytes);
    if (!text.empty()) reason += ": " + clean_line(text);
    const bool passing = status == 408 || status == 425 || status == 429 || status >= 500;
    return passing ? Outcome::retry(reason) : Outcome::permanent(reason);
}

// What only a change of the configuration can mend.
bool is_permanent(CURLcode code) {
    return code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL;
}

}  // namespace

Outcome send_http(const HttpRequest& request, const StopSignal& stop) {
    std::string answer;
    const CurlList headers = header_lines(request);
    CurlTransfer transfer(request.timeout, request.timeout);
    configure(transfer, request, headers, answer);
    const auto code = transfer.run(stop);
    if (!code) return Outcome::interrupted();
    // The status decides as soon as it is there: an answer too long to read is no new failure.
    const long status = transfer.status();
    if (*code == CURLE_OK || (*code == CURLE_WRITE_ERROR && status != 0)) {
        return outcome_of_status(status, answer, request);
    }
    const std::string reason = request.secrets.hidden_in("cannot reach " + request.shown_url +
                                                         ": " + transfer.error(*code));
    return is_permanent(*code) ? Outcome::permanent(reason) : Outcome::retry(reason);
}

}  // namespace pmx::notifier
