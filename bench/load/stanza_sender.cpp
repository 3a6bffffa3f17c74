#include "bench/load/stanza_sender.hpp"

#include <algorithm>
#include <utility>

namespace fedhub::load {

namespace {

/// The octets passed to a connection at once: several TLS records, and a small part of a socket's
/// buffer.
constexpr size_t chunk = 128 * 1024;
/// A lane waits until this many stanzas, or a quarter of its window, have room. Writing single
/// stanzas would measure system calls.
constexpr uint32_t most_burst = 256;
/// By schedule, a connection with so many unsent octets gets no more. Late stanzas stay a number
/// until then.
constexpr size_t most_unsent = 512 * 1024;
/// A lost stanza never makes room, so the sender looks again without being woken.
constexpr nanos look_again = 20 * per_millisecond;

/// A sleeping thread runs again 10 to 50 us late, which would count as latency of the server under
/// test. So the sender wakes this much earlier and spins, for at most a twentieth of a core.
nanos earliness(double rate) {
  return std::min<nanos>(50'000, static_cast<nanos>(per_second / (20 * rate)));
}

} // namespace

/// A connection, and the lanes that share it.
struct stanza_sender::outlet {
  explicit outlet(connection& to) : to(&to) {}

  connection* to;
  std::vector<uint32_t> lanes;
  size_t turn = 0;
  bool touched = false;
};

stanza_sender::stanza_sender(traffic& run, const stanza_forms& forms)
  : run_(run), forms_(forms), burst_(std::clamp(run.opts.window / 4, 1U, most_burst)),
    lanes_(run.opts.streams) {}

stanza_sender::~stanza_sender() = default;

void stanza_sender::attach(uint32_t first, uint32_t count, connection& to) {
  outlet& via = *outlets_.emplace_back(std::make_unique<outlet>(to));
  for (uint32_t number = first; number < first + count; ++number) {
    via.lanes.push_back(number);
    lanes_[number].via = &via;
  }
}

void stanza_sender::detach(uint32_t lane) {
  outlet* via = std::exchange(lanes_[lane].via, nullptr);
  if (!via)
    return;
  std::erase(via->lanes, lane);
  via->turn = 0;
  if (via->lanes.empty())
    std::erase_if(outlets_, [via](const auto& x) { return x.get() == via; });
}

void stanza_sender::write(uint32_t number, uint64_t due) {
  lane& lane = lanes_[number];
  connection& to = *lane.via->to;
  char* const begin = to.reserve(forms_.longest());
  const char* const end = forms_.write(
    begin, {.lane = static_cast<uint16_t>(number), .sequence = lane.next++, .due = due});
  to.commit(static_cast<size_t>(end - begin));
  run_.sent[number].set(lane.next);
  if (!run_.is_stuck(number))
    ++all_sent_;
}

void stanza_sender::send_first(uint32_t number) {
  write(number, static_cast<uint64_t>(run_.clock.now()));
  run_.all_sent.set(all_sent_);
  lanes_[number].via->to->flush();
}

nanos stanza_sender::pump() {
  const phase step = run_.step;
  if (step == phase::draining)
    run_.sending_over = true; // after the last `all_sent`
  if (step != phase::flowing)
    return event_loop::forever;
  const nanos wait = run_.opts.rate > 0 ? pump_schedule() : pump_windows();
  run_.all_sent.set(all_sent_);
  return wait;
}

bool stanza_sender::has_room(uint32_t number) {
  lane& lane = lanes_[number];
  if (lane.next < lane.limit)
    return true;
  const uint64_t limit = run_.received[number].get() + lane.returned + run_.opts.window;
  if (limit < lane.next + burst_)
    return false;
  lane.limit = limit;
  return true;
}

/// @returns whether there is room for further stanzas.
bool stanza_sender::fill(outlet& outlet) {
  const auto now = static_cast<uint64_t>(run_.clock.now());
  size_t refused = 0; // lanes in a row that had no room
  bool moved = false; // since the last turn of the domain that never reads
  while (outlet.to->unsent() < chunk && refused < outlet.lanes.size()) {
    const uint32_t number = outlet.lanes[outlet.turn];
    if (run_.is_stuck(number)) {
      // It has no window, since its queue is meant to grow. It gets one stanza for each round of
      // the other lanes.
      if (std::exchange(moved, false))
        write(number, now);
      ++refused;
    } else if (has_room(number)) {
      write(number, now);
      moved = true;
      refused = 0;
      if (outlet.lanes.size() == 1)
        continue;
    } else {
      ++refused;
    }
    outlet.turn = outlet.turn + 1 < outlet.lanes.size() ? outlet.turn + 1 : 0;
  }
  const bool more = refused < outlet.lanes.size();
  connection& to = *outlet.to;
  to.flush(); // may end the connection, and then `x` is gone too
  return more && !to.closed() && to.unsent() == 0;
}

nanos stanza_sender::pump_windows() {
  run_.wake_at.store(traffic::awake, std::memory_order_relaxed);
  bool more = false;
  for (size_t i = 0; i < outlets_.size(); ++i)
    if (outlets_[i]->to->unsent() == 0)
      more |= fill(*outlets_[i]);
  if (more)
    return 0;
  // It is worth pumping again once a quarter of the outstanding stanzas has arrived.
  const uint64_t settled = run_.all_received.load() + bounced_;
  const uint64_t goal =
    settled + std::max<uint64_t>(1, (all_sent_ - std::min(all_sent_, settled)) / 4);
  run_.wake_at.store(goal - bounced_);
  if (run_.all_received.load() + bounced_ >= goal)
    return 0;
  return look_again;
}

void stanza_sender::pay(uint32_t number) {
  lane& lane = lanes_[number];
  while (lane.owed != 0 && lane.via && lane.via->to->unsent() < most_unsent) {
    const uint64_t index = lane.scheduled * run_.opts.streams + number;
    write(number, static_cast<uint64_t>(due_at(index)));
    lane.via->touched = true;
    ++lane.scheduled;
    --lane.owed;
    --overdue_;
  }
}

nanos stanza_sender::due_at(uint64_t index) const {
  return begin_ + static_cast<nanos>(static_cast<double>(index) * per_second / run_.opts.rate);
}

nanos stanza_sender::pump_schedule() {
  nanos now = run_.clock.now();
  if (begin_ < 0)
    begin_ = now;
  const nanos early = earliness(run_.opts.rate);
  while (now < due_at(issued_) && now + early >= due_at(issued_))
    now = run_.clock.now();
  const double due_now = static_cast<double>(now - begin_) * run_.opts.rate / per_second;
  const auto due = static_cast<uint64_t>(due_now) + 1; // the first one is due at once
  for (; issued_ < due; ++issued_) {
    const auto number = static_cast<uint32_t>(issued_ % run_.opts.streams);
    if (lanes_[number].owed++ == 0)
      late_.push_back(number);
    ++overdue_;
  }
  std::erase_if(late_, [this](uint32_t number) {
    pay(number);
    return lanes_[number].owed == 0;
  });
  for (size_t i = 0; i < outlets_.size(); ++i)
    if (std::exchange(outlets_[i]->touched, false))
      outlets_[i]->to->flush();
  return std::max<nanos>(0, due_at(issued_) - early - run_.clock.now());
}

} // namespace fedhub::load
