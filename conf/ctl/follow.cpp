#include "conf/ctl/follow.hpp"

#include <algorithm>
#include <thread>

#include "conf/ctl/event_line.hpp"
#include "conf/ctl/event_stream.hpp"

namespace fedhub::ctl {

namespace {

using std::chrono::seconds;

/// Streams in a row that may bring nothing before the program gives up, and the pause before each:
/// about a minute in all, in which a hub that starts again is back.
constexpr unsigned most_failures = 15;
constexpr seconds longest_pause{5};

/// One call that follows the hub's events over all its streams.
class event_follower {
public:
  event_follower(const task& asked, api_client& client, const call_output& output)
    : asked_(asked), client_(client), output_(output) {}

  int run() {
    while (true) {
      alive_ = false;
      events_.restart();
      const auto answer = client_.follow(asked_.request, events_.last_id(),
                                         [this](std::string_view octets) { return take(octets); });
      if (code_ || output_.is_abandoned())
        return code_.value_or(exit_good);
      if (answer && !is_success(*answer))
        return output_.refusal(*answer);
      const auto why = answer ? std::string{"the hub has ended the event stream"} : answer.error();
      failures_ = alive_ ? 1 : failures_ + 1;
      // A hub that was never there is not waited for.
      if (!ever_alive_ || failures_ > most_failures)
        return output_.no_answer(why);
      if (failures_ == 1)
        output_.complain(why + "; connecting again\n");
      std::this_thread::sleep_for(std::min(seconds{failures_}, longest_pause));
    }
  }

private:
  /// Takes octets of the stream, or none about once a second. @returns whether to go on.
  bool take(std::string_view octets) {
    if (octets.empty())
      return !output_.is_abandoned();
    alive_ = ever_alive_ = true;
    if (!events_.take(octets, [this](const std::string& data) { show(data); }))
      code_ = output_.not_understood("an event is too long");
    return !code_ && !output_.is_abandoned();
  }

  void show(const std::string& data) {
    if (code_)
      return;
    const auto event = parse_json(data);
    if (!event) {
      code_ = output_.not_understood("an event is not JSON");
      return;
    }
    if (!is_wanted_event(*event, asked_.events))
      return;
    const int code = output_.as_json()
                       ? output_.print_json(data, exit_good)
                       : output_.print(event_line(*event, output_.style()) + '\n', exit_good);
    if (code != exit_good)
      code_ = code;
  }

  const task& asked_;
  api_client& client_;
  const call_output& output_;
  event_stream events_;
  std::optional<int> code_; ///< set when the call has to end.
  bool alive_ = false;      ///< the stream at hand has brought something.
  bool ever_alive_ = false; ///< one of the streams has.
  unsigned failures_ = 0;   ///< streams in a row that brought nothing.
};

} // namespace

int follow_events(const task& asked, api_client& client, const call_output& output) {
  return event_follower{asked, client, output}.run();
}

} // namespace fedhub::ctl
