#include "conf/ctl/console.hpp"

#include "conf/ctl/json_answer.hpp"
#include "conf/ctl/socket_relay.hpp"

namespace fedhub::ctl {

namespace {

std::string text_member(const json& answer, const char* name) {
  const auto found = answer.find(name);
  return found != answer.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

/// Returns whether the hub's words can stand in a URL that a person opens.
bool is_safe(const std::string& text) {
  constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                       "0123456789-._~:/[]";
  return text.find_first_not_of(allowed) == std::string::npos;
}

} // namespace

int open_console(const invocation& called, api_client& client, const call_output& output) {
  const auto answer = client.ask(called.asked.request);
  if (!answer)
    return output.no_answer(answer.error());
  if (!is_success(*answer))
    return output.refusal(*answer);
  const auto made = parse_json(answer->body);
  const auto token = made ? text_member(*made, "token") : std::string{};
  const auto url = made ? text_member(*made, "url") : std::string{};
  if (token.empty() || !is_safe(token) || !is_safe(url))
    return output.not_understood("it has no token");
  if (!url.empty())
    return output.print(url + "/#token=" + token + '\n', exit_good);
  auto relay = socket_relay::open(called.hub.socket);
  if (!relay) {
    output.complain(relay.error() + '\n');
    return exit_no_answer;
  }
  const auto code =
    output.print("http://" + relay->address() + "/#token=" + token + '\n', exit_good);
  if (code != exit_good)
    return code;
  output.complain("the URL opens one session within 60 s; this relay runs until Ctrl-C\n");
  relay->run();
  return exit_good;
}

} // namespace fedhub::ctl
