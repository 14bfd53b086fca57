#include "notifier/targets/curl_transfer.h"

#include <sys/socket.h>
#include <unistd.h>

namespace pmx::notifier {

void initialise_curl() {
    PMX_CHECK(::curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK, "libcurl does not start");
}

void CurlList::add(const std::string& line) {
    curl_slist* longer = ::curl_slist_append(list_.get(), line.c_str());
    PMX_CHECK(longer != nullptr, "out of memory");
    [[maybe_unused]] auto* same = list_.release();
    list_.reset(longer);
}

CurlTransfer::CurlTransfer(std::chrono::milliseconds connect_timeout,
                           std::chrono::milliseconds timeout)
    : easy_(::curl_easy_init()), multi_(::curl_multi_init()) {
    PMX_CHECK(easy_ && multi_, "out of memory");
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect_timeout.count()));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    set(CURLOPT_NOSIGNAL, 1L);
    // Not to wait for a name server when the daemon stops.
    set(CURLOPT_QUICK_EXIT, 1L);
    // An empty proxy also keeps http_proxy of the environment out.
    set(CURLOPT_PROXY, "");
    set(CURLOPT_NOPROXY, "");
    set(CURLOPT_ERRORBUFFER, static_cast<char*>(error_));
    set(CURLOPT_OPENSOCKETFUNCTION, &CurlTransfer::open_socket);
    set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
    set(CURLOPT_CLOSESOCKETFUNCTION, &CurlTransfer::close_socket);
    set(CURLOPT_CLOSESOCKETDATA, static_cast<void*>(this));
}

std::optional<CURLcode> CurlTransfer::run(const StopSignal& stop) {
    if (::curl_multi_add_handle(multi_.get(), easy_.get()) != CURLM_OK) return CURLE_FAILED_INIT;
    std::optional<CURLcode> ended;
    for (bool stopped = false; !ended && !stopped;) {
        int running = 0;
        if (::curl_multi_perform(multi_.get(), &running) != CURLM_OK) ended = CURLE_FAILED_INIT;
        int left = 0;
        while (const CURLMsg* message = ::curl_multi_info_read(multi_.get(), &left)) {
            if (message->msg == CURLMSG_DONE) ended = message->data.result;
        }
        if (ended) break;
        curl_waitfd event{stop.fd(), CURL_WAIT_POLLIN, 0};
        if (::curl_multi_poll(multi_.get(), &event, 1, 1000, nullptr) != CURLM_OK) {
            ended = CURLE_FAILED_INIT;
        }
        stopped = event.revents != 0;
    }
    stop_reading();
    ::curl_multi_remove_handle(multi_.get(), easy_.get());
    return ended;
}

void CurlTransfer::stop_reading() {
    for (curl_socket_t socket : sockets_)
        ::shutdown(socket, SHUT_RD);
}

void CurlTransfer::hang_up() {
    for (curl_socket_t socket : sockets_)
        ::shutdown(socket, SHUT_RDWR);
}

curl_socket_t CurlTransfer::open_socket(void* self, curlsocktype, curl_sockaddr* address) {
    const int socket =
        ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (socket >= 0) static_cast<CurlTransfer*>(self)->sockets_.insert(socket);
    return socket;
}

int CurlTransfer::close_socket(void* self, curl_socket_t socket) {
    static_cast<CurlTransfer*>(self)->sockets_.erase(socket);
    return ::close(socket);
}

long CurlTransfer::status() const {
    long status = 0;
    ::curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    return status;
}

std::string CurlTransfer::error(CURLcode code) const {
    return error_[0] != '\0' ? static_cast<const char*>(error_) : ::curl_easy_strerror(code);
}

}  // namespace pmx::notifier
