#include <array>

#include "conf/ctl/answer_text.hpp"
#include "conf/ctl/object_view.hpp"

namespace fedhub::ctl {

namespace {

constexpr std::array<std::string_view, 14> status_fields{
  "version", "role",          "since", "ready",        "federation",   "config",    "counts",
  "queued",  "notifications", "nodes", "certificates", "name_servers", "listeners", "cluster",
};
constexpr std::array<std::string_view, 1> in_headline{"name"};

/// "fedhub.example is ready"; only the name where the answer does not say.
std::string headline(const json& status, const text_style& style) {
  auto name = member_text(status, "name", style);
  if (name.empty())
    name = "fedhub";
  const auto& ready = member(status, "ready");
  if (!ready.is_boolean())
    return name + '\n';
  return name + (ready.get<bool>() ? " is ready\n" : " is not ready\n");
}

} // namespace

answer_text status_text(const json& status, const text_style& style) {
  return {headline(status, style) + object_view(status, status_fields, in_headline, style), false};
}

} // namespace fedhub::ctl
