// The sending end of all lanes.
#pragma once

#include <memory>
#include <vector>

#include "bench/load/connection.hpp"
#include "bench/load/stanza_forms.hpp"
#include "bench/load/traffic.hpp"

namespace fedhub::load {

/// Makes the load: as much as the windows of the lanes allow, or by schedule. Used by one thread.
///
/// By schedule, stanza i is due i/rate seconds after the begin, in lane i modulo the number of
/// lanes. Its stamp has that time, even if it is sent later: a delay of the sender counts as
/// latency.
class stanza_sender {
public:
  /// @param run, forms outlive the sender.
  stanza_sender(traffic& run, const stanza_forms& forms);
  ~stanza_sender();

  /// Sends the stanzas of `count` lanes over `to` from now on, until `detach`.
  void attach(uint32_t first, uint32_t count, connection& to);
  void detach(uint32_t lane);

  /// Sends one stanza that is not part of the load. @pre attached.
  void send_first(uint32_t lane);
  /// Reports that a stanza of the lane was returned, so it is not outstanding any more. Not for the
  /// stuck domain, whose stanzas are not counted as sent.
  void on_bounce(uint32_t lane) {
    ++lanes_[lane].returned;
    ++bounced_;
  }

  /// Sends all stanzas that may be sent now.
  /// @returns after how many ns there will be more to send; `event_loop::forever` if time alone
  /// does not decide.
  nanos pump();

  /// Returns how many stanzas were due by schedule and not sent.
  uint64_t overdue() const { return overdue_; }

private:
  struct outlet;
  struct lane {
    outlet* via = nullptr;
    uint32_t next = 0;      ///< sequence number.
    uint64_t limit = 0;     ///< `next` is in the window while it is below this, as far as is known.
    uint64_t returned = 0;  ///< bounced.
    uint64_t scheduled = 0; ///< stanzas of the schedule that were sent.
    uint64_t owed = 0;      ///< stanzas that are due and not sent.
  };

  bool has_room(uint32_t number);
  void write(uint32_t number, uint64_t due);
  bool fill(outlet& outlet);
  nanos pump_windows();
  nanos pump_schedule();
  nanos due_at(uint64_t index) const;
  void pay(uint32_t number);

  traffic& run_;
  const stanza_forms& forms_;
  uint32_t burst_; ///< the least room, in stanzas, for which a lane is served again.
  std::vector<lane> lanes_;
  std::vector<std::unique_ptr<outlet>> outlets_;
  std::vector<uint32_t> late_; ///< lanes with `owed` stanzas.
  uint64_t all_sent_ = 0;
  uint64_t bounced_ = 0;
  uint64_t issued_ = 0; ///< stanzas of the schedule that became due.
  uint64_t overdue_ = 0;
  nanos begin_ = -1; ///< when the schedule began.
};

} // namespace fedhub::load
