// The steps of one `explain` or `check` while some are still being looked at.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include <caf/typed_response_promise.hpp>

#include "actors/interfaces/diagnostics.hpp"

namespace fedhub {

/// Holds the steps in places, so that they keep their order whichever is known first. Answers once
/// every place that is awaited has its steps. Belongs to one actor.
class gathered_steps {
public:
  using promise = caf::typed_response_promise<diagnosis_ptr>;
  using rows = std::vector<admin::explanation_row>;

  explicit gathered_steps(promise reply) : reply_{std::move(reply)} {}

  /// Adds a step that is known.
  void add(admin::explanation_row row) { places_.push_back({std::move(row)}); }

  /// Adds a place for steps that are looked at. Each needs one `fill`.
  size_t await() {
    ++awaited_;
    places_.emplace_back();
    return places_.size() - 1;
  }

  /// Adds the steps of a place.
  void fill(size_t place, rows found) {
    for (auto& row : found)
      places_[place].push_back(std::move(row));
    end_one();
  }

  /// Waits for one more `fill_also` of a place.
  void await_also() { ++awaited_; }
  /// Adds a step to a place.
  void fill_also(size_t place, admin::explanation_row row) {
    places_[place].push_back(std::move(row));
    end_one();
  }

  /// Call once, after all places have been added.
  void close() { end_one(); }

private:
  void end_one() {
    if (--awaited_ > 0)
      return;
    admin::explanation answer;
    for (auto& place : places_)
      for (auto& row : place)
        answer.steps.push_back(std::move(row));
    reply_.deliver(std::make_shared<const diagnosis>(std::move(answer)));
  }

  promise reply_;
  size_t awaited_ = 1; ///< `close` is awaited too.
  std::vector<rows> places_;
};

} // namespace fedhub
