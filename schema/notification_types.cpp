// Which types of sections notifications.cfg has, and what each may hold.
#include "schema/notifications.h"

namespace pmx::schema {

const std::vector<TypeRule>& notification_types() {
    const PropertyRule comment{.key = "comment"};
    const PropertyRule filter{.key = "filter", .kind = ValueKind::section_id};
    const PropertyRule disable{.key = "disable", .kind = ValueKind::boolean};
    static const std::vector<TypeRule> types = {
        {.type = "sendmail",
         .properties = {{.key = "mailto", .kind = ValueKind::address, .list = true},
                        {.key = "mailto-user", .kind = ValueKind::user_id, .list = true},
                        {.key = "from-address", .kind = ValueKind::address},
                        {.key = "author", .kind = ValueKind::name},
                        filter,
                        comment,
                        disable},
         .at_least_one_of = {"mailto", "mailto-user"}},
        {.type = "gotify",
         .properties =
             {{.key = "server", .kind = ValueKind::base_url, .required = true},
              {.key = "token", .kind = ValueKind::token, .required = true, .secret = true},
              filter,
              comment,
              disable}},
        {.type = "group",
         .properties =
             {{.key = "endpoint", .kind = ValueKind::section_id, .required = true, .list = true},
              filter,
              comment,
              disable}},
        {.type = "filter",
         .properties = {{.key = "min-severity",
                         .kind = ValueKind::one_of,
                         .words = {"info", "notice", "warning", "error"}},
                        {.key = "mode", .kind = ValueKind::one_of, .words = {"and", "or"}},
                        {.key = "invert-match", .kind = ValueKind::boolean},
                        comment}},
    };
    return types;
}

}  // namespace pmx::schema
