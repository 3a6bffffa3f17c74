// The part of a gauge that one object contributes.
#pragma once

#include <utility>

#include <prometheus/gauge.h>

namespace fedhub {

/// One owner's part of a gauge: streams by state, running actors, active domains. The part is
/// subtracted when its owner ends in any way, so a gauge never counts an object that is gone.
///
///     gauge_share stream{metrics.streams.at(leg, negotiating, plain), 1};
///     stream.move_to(metrics.streams.at(leg, negotiating, tls));
///
/// Thread safety: belongs to its owner; only the gauge is shared.
class gauge_share {
public:
  gauge_share() = default; ///< without a gauge; `set` does nothing.
  /// @param gauge outlives the share.
  explicit gauge_share(prometheus::Gauge& gauge, double amount = 0) : gauge_{&gauge} {
    set(amount);
  }
  gauge_share(gauge_share&& x) noexcept
    : gauge_{std::exchange(x.gauge_, nullptr)}, amount_{std::exchange(x.amount_, 0)} {}
  gauge_share& operator=(gauge_share&& x) noexcept {
    if (this != &x) {
      set(0);
      gauge_ = std::exchange(x.gauge_, nullptr);
      amount_ = std::exchange(x.amount_, 0);
    }
    return *this;
  }
  ~gauge_share() { set(0); }

  double amount() const { return amount_; }

  void set(double amount) {
    if (gauge_ == nullptr || amount == amount_)
      return;
    gauge_->Increment(amount - amount_);
    amount_ = amount;
  }
  void add(double change) { set(amount_ + change); }

  /// Counts the same amount in another gauge from now on.
  void move_to(prometheus::Gauge& gauge) {
    if (gauge_ == &gauge)
      return;
    *this = gauge_share{gauge, amount_};
  }

private:
  prometheus::Gauge* gauge_ = nullptr;
  double amount_ = 0;
};

} // namespace fedhub
