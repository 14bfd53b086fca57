// One transfer of libcurl that ends in time, or at once when the daemon stops. The only place that
// knows how libcurl is run; http.h and smtp.h say what with.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "base/check.h"
#include "notifier/targets/stop_signal.h"

namespace pmx::notifier {

// Once, before any thread; libcurl wants it.
void initialise_curl();

// Lines for libcurl, which does not copy them.
class CurlList {
  public:
    void add(const std::string& line);
    [[nodiscard]] curl_slist* get() const { return list_.get(); }

  private:
    struct Deleter {
        void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
    };
    std::unique_ptr<curl_slist, Deleter> list_;
};

// What options point to must outlive it.
class CurlTransfer {
  public:
    // TLS is verified, nothing of the environment counts, no proxy is used.
    CurlTransfer(std::chrono::milliseconds connect_timeout, std::chrono::milliseconds timeout);

    CurlTransfer(const CurlTransfer&) = delete;  // libcurl knows where it is
    CurlTransfer& operator=(const CurlTransfer&) = delete;

    template <typename Value>
    void set(CURLoption option, Value value) {
        const CURLcode code = ::curl_easy_setopt(easy_.get(), option, value);
        PMX_CHECK(code == CURLE_OK, "libcurl refuses an option");
    }

    // Once. Nothing when the daemon stopped meanwhile.
    std::optional<CURLcode> run(const StopSignal& stop);

    // libcurl says QUIT when it ends a connection to a mail server, and waits long for the answer:
    // after this there is none.
    void stop_reading();
    // Nothing that libcurl would still say is said.
    void hang_up();

    [[nodiscard]] long status() const;  // of HTTP; 0 where there was no answer
    [[nodiscard]] std::string error(CURLcode code) const;

  private:
    static curl_socket_t open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
    static int close_socket(void* self, curl_socket_t socket);

    struct EasyDeleter {
        void operator()(CURL* easy) const { ::curl_easy_cleanup(easy); }
    };
    struct MultiDeleter {
        void operator()(CURLM* multi) const { ::curl_multi_cleanup(multi); }
    };

    char error_[CURL_ERROR_SIZE] = {};
    std::set<curl_socket_t> sockets_;  // that are open
    std::unique_ptr<CURL, EasyDeleter> easy_;
    std::unique_ptr<CURLM, MultiDeleter> multi_;
};

}  // namespace pmx::notifier
