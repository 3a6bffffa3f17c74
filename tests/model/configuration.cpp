#include "tests/model/configuration.hpp"

#include <algorithm>

namespace fedhub::model {

namespace {

constexpr const char* settings = R"(
[hub]
name = "model"
state_dir = "PLACE/state"
[tls]
ca_file = "PLACE/authority.pem"
[listen]
metrics = ""
[federation]
security_mode = "tls-optional"
dialback_secret = "the model's secret"
enabled = ENABLED
privacy_mode = "deny-list"
deny = [DENY]
[limits]
stanza_bytes = 16384
connections = 48
connections_per_address = 8
queue_bytes_per_domain = 32768
queue_stanzas_per_domain = 96
inflight_bytes_per_stream = INFLIGHT
memory_bytes = 1048576
memory_bytes_per_connection = CONNECTION
[timeouts]
keepalive = 60
acknowledge = 20
idle = 300
[log]
level = "error"
)";

void replace(std::string& text, std::string_view what, std::string_view by) {
  text.replace(text.find(what), what.size(), by);
}

std::string listed(const auto& all) {
  std::string result;
  for (auto& x : all)
    result.append(result.empty() ? "\"" : ", \"").append(x).append("\"");
  return result;
}

} // namespace

rules first_rules() {
  rules given;
  given.nodes = {{"one", {"one.example"}, "secret 1"},
                 {"two", {"two.example", "shared.example"}, "secret 2"},
                 {"three", {"three.example", "shared.example"}, "secret 3"}};
  return given;
}

rules change(const rules& given, random_source& random) {
  rules next = given;
  const auto remote = "r" + std::to_string(random.below(6)) + ".example";
  switch (random.below(8)) {
  case 0:
  case 1:
    next.denied.insert(remote);
    break;
  case 2:
  case 3:
    next.denied.clear();
    break;
  case 4:
    if (next.nodes.size() > 1)
      next.nodes.erase(next.nodes.begin()
                       + static_cast<ptrdiff_t>(random.below(next.nodes.size())));
    break;
  case 5:
    next.nodes = first_rules().nodes;
    break;
  case 6:
    random.pick(next.nodes).secret += "'";
    break;
  default:
    next.federates = !next.federates;
    return next;
  }
  next.federates = true; // else little would happen
  return next;
}

std::string describe(const rules& given) {
  auto text =
    "denied: " + listed(given.denied) + (given.federates ? "" : ", no federation") + ", nodes:";
  for (auto& node : given.nodes)
    text += " " + node.name + (node.secret.back() == '\'' ? "'" : "");
  return text;
}

std::string text_of(const rules& given, const std::filesystem::path& place) {
  std::string text = settings;
  replace(text, "PLACE", place.string());
  replace(text, "PLACE", place.string());
  replace(text, "ENABLED", given.federates ? "true" : "false");
  replace(text, "INFLIGHT", std::to_string(inflight_limit));
  replace(text, "CONNECTION", std::to_string(connection_limit));
  replace(text, "DENY", listed(given.denied));
  for (auto& node : given.nodes)
    text += "[[node]]\nname = \"" + node.name + "\"\ndomains = [" + listed(node.domains)
            + "]\nsecret = \"" + node.secret + "\"\n";
  return text;
}

} // namespace fedhub::model
