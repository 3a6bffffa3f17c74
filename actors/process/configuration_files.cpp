#include "actors/process/configuration_files.hpp"

#include <utility>

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/log/peer_log.hpp"
#include "actors/process/ordered_reading.hpp"

namespace fedhub {

namespace {

/// The time between two checks of the files that the configuration was read from.
constexpr std::chrono::seconds watch_period{2};
/// The most threads that check files, read them or renew the certificate; older ones may hang.
constexpr size_t most_looking = 2;
constexpr size_t most_reading = 4;
constexpr size_t most_renewing = 1;

} // namespace

/// Passes the results of side threads to the supervisor, until `close`.
class configuration_files::box {
public:
  explicit box(supervisor_actor to) : to_(std::move(to)) {}

  template <class... Ts>
  void send(Ts&&... xs) {
    std::lock_guard guard{mutex_};
    if (to_)
      caf::anon_send(to_, std::forward<Ts>(xs)...);
  }

  void close() {
    std::lock_guard guard{mutex_};
    to_ = nullptr;
  }

private:
  std::mutex mutex_;
  supervisor_actor to_;
};

configuration_files::configuration_files(supervisor_actor::pointer self,
                                         std::optional<configuration_source> source, actions then)
  : self_(self), then_(std::move(then)), box_(std::make_shared<box>(supervisor_actor{self})),
    looking_(most_looking), reading_(most_reading), renewing_(most_renewing) {
  if (!source)
    return;
  file_ = source->file;
  looking_.run([to = box_, x = std::move(*source)] {
    auto first = std::make_shared<file_look>();
    first->watch = std::make_shared<file_watch>(x.files, x.read_since);
    to->send(watch_atom_v, file_look_ptr{std::move(first)});
  });
}

configuration_files::~configuration_files() { box_->close(); }

reading_turns::time_point configuration_files::now() const {
  return self_->home_system().clock().now();
}

// ---- looking -----------------------------------------------------------------------------------

/// Schedules the next check. Tools that renew certificates do not notify the hub.
void configuration_files::schedule_look() {
  if (!std::exchange(look_due_, true))
    self_->delayed_send(self_, watch_period, watch_atom_v);
}

/// Begins a check on a side thread. It may hang; the next check is scheduled after its end.
void configuration_files::on_watch() {
  look_due_ = false;
  bool begun = looking_.run([to = box_, of = watched_] {
    auto seen = std::make_shared<file_look>();
    seen->watch = of;
    seen->found = fingerprints_of(of->files());
    to->send(watch_atom_v, file_look_ptr{std::move(seen)});
  });
  if (!begun)
    schedule_look();
}

void configuration_files::on_look(const file_look& look) {
  if (!look.found) { // the watch has just begun
    if (!watched_)
      watch(look.watch);
    return;
  }
  if (look.watch != watched_)
    return; // other files are watched by now
  schedule_look();
  if (stopping_)
    return;
  auto changed = watched_->compare(*look.found);
  for (auto& path : changed)
    hub_log("changed files").info("{} has changed", fact::file(path));
  if (!changed.empty() && then_.current()->config.admin.auto_reload)
    ask();
}

void configuration_files::watch(std::shared_ptr<file_watch> file_watch) {
  watched_ = std::move(file_watch);
  schedule_look();
}

// ---- reading -----------------------------------------------------------------------------------

caf::typed_response_promise<bool> configuration_files::on_reload() {
  auto promise = self_->make_response_promise<caf::typed_response_promise<bool>>();
  asked_.push_back(promise);
  if (file_) {
    ask();
  } else {
    answering_.swap(asked_);
    answer(then_.reject("there is no file to read"));
  }
  return promise;
}

/// Begins a reading, or notes the request while a configuration is applied. All requests meanwhile
/// cause one further reload.
void configuration_files::ask() {
  if (applying_ || order_)
    again_ = true;
  else
    read(turns_.ask(now()));
}

void configuration_files::go_on() {
  read(std::exchange(again_, false) ? turns_.ask(now()) : turns_.next(now()));
  begin_orders();
}

void configuration_files::applied() {
  applying_ = false;
  if (order_) {
    outcome_->version = then_.current()->version;
    then_.changed(*order_->order, *outcome_);
    end_order(std::move(outcome_));
  } else {
    answer(true);
  }
  go_on();
}

void configuration_files::answer(bool applied) {
  for (auto& promise : std::exchange(answering_, {}))
    promise.deliver(applied);
}

void configuration_files::read(std::optional<reading_turns::number> which) {
  if (!which)
    return;
  answering_.insert(answering_.end(), asked_.begin(), asked_.end());
  asked_.clear();
  if (!begin(reading_, *which,
             [path = *file_, old = then_.current()] { return read_configuration(path, *old); }))
    answer(then_.reject("the files can't be read: earlier attempts hang"));
}

bool configuration_files::renew() {
  if (busy())
    return false;
  renewal_ = turns_.ask(now()).value_or(0); // never empty: no reading is in progress
  if (!begin(renewing_, renewal_, [old = then_.current()] { return renew_certificate(*old); }))
    then_.not_renewed("an earlier attempt hangs");
  return true;
}

bool configuration_files::begin(side_threads& on, reading_turns::number which,
                                std::function<configuration_read()> how) {
  const bool begun = on.run([to = box_, which, how = std::move(how)] {
    to->send(reload_atom_v, which, std::make_shared<const configuration_read>(how()));
  });
  if (begun)
    self_->delayed_send(self_, reading_turns::longest, reload_atom_v, which);
  else
    turns_.ended(which);
  return begun;
}

void configuration_files::on_overdue(reading_turns::number which) {
  if (!turns_.overdue(which))
    return;
  const auto why =
    "the files could not be read within " + std::to_string(reading_turns::longest.count()) + " s";
  if (order_ && order_->stage->exchange(order_stage::given_up) == order_stage::writing)
    refuse_order(503, "the change could not be written within "
                        + std::to_string(reading_turns::longest.count())
                        + " s; it is applied if that succeeds");
  else if (order_)
    refuse_order(503, why);
  else if (which == renewal_)
    then_.not_renewed(why);
  else
    answer(then_.reject(why));
  go_on();
}

void configuration_files::on_read(reading_turns::number which, const configuration_read& outcome) {
  if (!turns_.ended(which))
    return;
  if (outcome.watch)
    watch(outcome.watch);
  if (order_)
    return on_ordered(outcome);
  if (then_.use(outcome)) {
    applying_ = true;
    return; // `applied` answers
  }
  if (!outcome.renewal)
    answer(false);
  go_on();
}

// ---- orders ------------------------------------------------------------------------------------

configuration_files::outcome_promise
configuration_files::on_order(const configuration_order_ptr& order) {
  auto promise = self_->make_response_promise<outcome_promise>();
  orders_.push_back({order, promise, std::make_shared<std::atomic<order_stage>>()});
  begin_orders();
  if (orders_.size() > most_orders) {
    orders_.pop_back();
    promise.deliver(std::make_shared<const configuration_outcome>(configuration_outcome{
      .status = 503, .detail = "too many changes of the configuration wait already"}));
  }
  return promise;
}

/// Begins the next order that can be begun, unless a configuration is being read or applied.
void configuration_files::begin_orders() {
  while (!busy() && !order_ && !orders_.empty()) {
    order_ = std::move(orders_.front());
    orders_.pop_front();
    if (begin_order())
      return;
  }
}

/// Begins `order_`, or answers it. @returns whether it was begun.
bool configuration_files::begin_order() {
  const auto in_force = then_.current();
  const auto& order = order_->order;
  if (!file_) {
    refuse_order(503, "the hub's configuration is of no file");
    return false;
  }
  if (stopping_) {
    refuse_order(503, "the hub is stopping");
    return false;
  }
  if (order->version && *order->version != in_force->version) {
    refuse_order(412, "the configuration has another version by now: "
                        + std::to_string(in_force->version));
    return false;
  }
  const auto which = turns_.ask(now()).value_or(0); // never empty: no reading is in progress
  if (begin(reading_, which, [path = *file_, in_force, order, stage = order_->stage] {
        return read_ordered(path, *in_force, *order, *stage);
      }))
    return true;
  refuse_order(503, "the files can't be read: earlier attempts hang");
  return false;
}

void configuration_files::on_ordered(const configuration_read& read) {
  auto outcome = read.ordered;
  const bool refused = outcome->status != 200;
  const auto& order = *order_->order;
  // A bad reload is reported like one that no operator has asked for.
  const bool to_use = !order.dry_run && order.what != configuration_order::action::list
                      && (!refused || order.what == configuration_order::action::reload);
  if (to_use && then_.use(read)) {
    outcome_ = std::move(outcome);
    applying_ = true;
    return; // `applied` answers
  }
  if (to_use && !refused)
    refuse_order(503, "the hub is stopping");
  else
    end_order(std::move(outcome));
  go_on();
}

void configuration_files::end_order(std::shared_ptr<configuration_outcome> outcome) {
  auto ended = std::exchange(order_, {});
  ended->promise.deliver(configuration_outcome_ptr{std::move(outcome)});
}

void configuration_files::refuse_order(unsigned status, std::string why) {
  end_order(std::make_shared<configuration_outcome>(
    configuration_outcome{.status = status, .detail = std::move(why)}));
}

} // namespace fedhub
