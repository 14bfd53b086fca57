// Operations that can only make the tree smaller: on a full disk they are how room is made.
#pragma once

#include <algorithm>
#include <variant>

#include "tree/op.h"

namespace pmx::tree {

inline bool only_removes(const Op& op) {
    const auto is_removal = [](const Op& one) {
        return std::holds_alternative<RemoveFile>(one) ||
               std::holds_alternative<RemoveDirectory>(one);
    };
    const auto* transaction = std::get_if<Transaction>(&op);
    if (transaction == nullptr) return is_removal(op);
    return std::all_of(transaction->steps.begin(), transaction->steps.end(), is_removal);
}

}  // namespace pmx::tree
