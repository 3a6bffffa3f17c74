// The sending end of all lanes.
#pragma once

#include <memory>
#include <vector>

#include "bench/load/connection.hpp"
#include "bench/load/stanza_forms.hpp"
#include "bench/load/traffic.hpp"

namespace fedhub::load {

/// Makes the load: as much as the windows of the lanes let through, or by schedule. Used by one
/// thread.
///
/// By schedule, stanza i is due i/rate seconds after the begin, in lane i modulo the lanes, and
/// carries that time, whenever it really leaves: what delays the sender counts as latency.
class stanza_sender {
public:
  /// @param run, forms outlive it.
  stanza_sender(traffic& run, const stanza_forms& forms);
  ~stanza_sender();

  /// The stanzas of `count` lanes go over `to` from now on, until `detach`.
  void attach(uint32_t first, uint32_t count, connection& to);
  void detach(uint32_t lane);

  /// Sends one stanza outside of the load. @pre attached.
  void send_first(uint32_t lane);
  /// A stanza of the lane came back: it is not outstanding any more. Not of the stuck domain's,
  /// which are not counted as sent.
  void on_bounce(uint32_t lane) {
    ++lanes_[lane].returned;
    ++bounced_;
  }

  /// Sends what may be sent now.
  /// @returns after how many ns there will be more to send, `event_loop::forever` if not by time.
  nanos pump();

  /// Stanzas that were due by schedule and not sent.
  uint64_t overdue() const { return overdue_; }

private:
  struct outlet;
  struct lane {
    outlet* via = nullptr;
    uint32_t next = 0;      ///< sequence number.
    uint64_t limit = 0;     ///< below which `next` is within the window, as far as is known.
    uint64_t returned = 0;  ///< bounced.
    uint64_t scheduled = 0; ///< stanzas of the schedule that were sent.
    uint64_t owed = 0;      ///< stanzas that are due.
  };

  bool has_room(uint32_t number);
  void write(uint32_t number, uint64_t due);
  bool fill(outlet& x);
  nanos pump_windows();
  nanos pump_schedule();
  nanos due_at(uint64_t index) const;
  void pay(uint32_t number);

  traffic& run_;
  const stanza_forms& forms_;
  uint32_t burst_; ///< least room, in stanzas, for which a lane is taken up again.
  std::vector<lane> lanes_;
  std::vector<std::unique_ptr<outlet>> outlets_;
  std::vector<uint32_t> late_; ///< lanes that owe.
  uint64_t all_sent_ = 0;
  uint64_t bounced_ = 0;
  uint64_t issued_ = 0; ///< stanzas of the schedule that became due.
  uint64_t overdue_ = 0;
  nanos begin_ = -1; ///< of the schedule.
};

} // namespace fedhub::load
