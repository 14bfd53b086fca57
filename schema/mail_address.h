// Which e-mail addresses are taken: plain `local@domain`, nothing that a command line, a header or
// an SMTP dialogue could read as something else.
#pragma once

#include <string>
#include <string_view>

namespace pmx::schema {

// ASCII, at most 254 bytes, local part (at most 64) of RFC 5322 atoms joined by single dots and not
// starting with '-', domain of labels joined by dots. No quoting, comments, literals or whitespace.
bool is_mail_address(std::string_view text);

// Two spellings of one mailbox have one key: the domain counts without case, the local part with.
std::string mail_address_key(std::string_view address);

}  // namespace pmx::schema
