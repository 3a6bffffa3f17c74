// What a command line asks for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "conf/ctl/api_request.hpp"
#include "conf/ctl/hub_url.hpp"
#include "conf/ctl/list_view.hpp"

namespace fedhub::ctl {

/// Exit codes of the program.
inline constexpr int exit_good = 0;
inline constexpr int exit_bad_news = 1;   ///< the hub answered, and its answer is bad news.
inline constexpr int exit_wrong_call = 2; ///< nothing was asked.
inline constexpr int exit_no_answer = 3;

/// How an answer is shown.
enum class answer_view : uint8_t {
  status,
  domain,
  list,          ///< pages of `task::list`.
  notifications, ///< pages.
  config,        ///< pages.
  steps,
  reload,
  done, ///< the action's sentence, `task::sentence`.
  event_stream,
};

/// Events to show; an empty text stands for any.
struct event_filter {
  std::string domain;
  std::string kind;
};

/// One command: its request, and how to show the answer.
struct task {
  api_request request;
  answer_view view = answer_view::done;
  list_kind list = list_kind::other;
  std::string sentence = {}; ///< that the action is done.
  /// The request to make if the first one is answered 404 or 400, with its own sentence: a word may
  /// name a stream or a domain.
  std::optional<api_request> other_request = {};
  std::string other_sentence = {};
  std::string wanted_key = {}; ///< of the configuration; empty: all.
  bool with_origin = false;    ///< of the configuration's values.
  event_filter events = {};    ///< of the event stream.
};

/// Where the hub's API is.
struct hub_endpoint {
  std::string socket;         ///< path of the Unix socket; empty: `url`.
  std::optional<hub_url> url; ///< used if there is no socket.
  std::string token_file;     ///< for `url`; empty: the environment's token.
};

struct invocation {
  hub_endpoint hub;
  task asked;
  bool as_json = false;
  /// Rows to show; without it, the terminal's height decides.
  std::optional<size_t> rows;
};

} // namespace fedhub::ctl
