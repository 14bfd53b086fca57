// Changes that arrived in parts and have no place in the log yet; of one view.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "wire/draft.h"
#include "wire/message.h"

namespace pmx::replica {

class Bodies {
  public:
    // An origin keeps to 16 MiB and 1024 requests in flight (own_requests.h); encoding adds some.
    static constexpr std::size_t max_bytes_per_node = 20U << 20;
    static constexpr std::size_t max_bodies_per_node = 2048;

    void clear() { nodes_.clear(); }
    // Parts come in order; one that does not fit what came before discards what there was.
    // True when this part completed the body.
    bool add(const wire::Body& part);
    // Whole bodies, in the order of their requests.
    [[nodiscard]] std::vector<RequestId> whole() const;
    [[nodiscard]] std::optional<wire::Draft> take(const RequestId& request);

  private:
    struct Body {
        std::string bytes;  // until it is whole
        std::size_t size = 0;
        std::uint32_t parts_seen = 0;
        std::uint32_t parts = 0;
        Sha256 hash{};
        std::optional<wire::Draft> draft;  // once it is whole
    };
    struct FromNode {
        std::map<RequestId, Body> bodies;
        std::size_t bytes = 0;
    };
    static bool add_part(Body& body, const wire::Body& part);
    std::map<NodeId, FromNode> nodes_;
};

}  // namespace pmx::replica
