#include "base/sha256.h"

#include <openssl/evp.h>

#include <memory>

#include "base/check.h"

namespace pmx {

Sha256 sha256(std::string_view bytes) {
    return sha256({bytes});
}

Sha256 sha256(std::initializer_list<std::string_view> parts) {
    // Fetching the algorithm once and keeping a context a thread saves most of a small hash's time.
    static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    thread_local const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                                  EVP_MD_CTX_free);
    Sha256 digest{};
    bool ok = algorithm != nullptr && EVP_DigestInit_ex2(context.get(), algorithm, nullptr) == 1;
    for (std::string_view part : parts) {
        ok = ok && EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
    }
    ok = ok && EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1;
    PMX_CHECK(ok, "OpenSSL cannot compute SHA-256");
    return digest;
}

std::string_view as_bytes(const Sha256& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace pmx
