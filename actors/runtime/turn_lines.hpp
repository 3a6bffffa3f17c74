// The lines of sockets that wait for a turn of reading.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <utility>

namespace fedhub {

/// How urgent the events of a socket are.
enum class turn_class : uint8_t {
  prompt,   ///< its owner is notified at once, since it has needed little time so far.
  busy,     ///< its owner needs many turns, and waits in line with similar ones.
  unproved, ///< the same for a peer that has proved nothing yet.
};

/// Items that wait for their turn. Turns alternate between the classes, within a class between the
/// sources, and within a source between the items. So a source with many items gets no more turns
/// than a source with one.
template <class T>
class turn_lines {
public:
  /// Adds an item. @pre `which` is not `turn_class::prompt`, which never waits.
  void put(T item, turn_class which, uint64_t source) {
    line(which).put(std::move(item), source);
    ++size_;
  }

  /// Takes the next item. @pre not empty.
  T take() {
    last_ = last_ == turn_class::busy ? turn_class::unproved : turn_class::busy;
    if (line(last_).empty())
      last_ = last_ == turn_class::busy ? turn_class::unproved : turn_class::busy;
    --size_;
    return line(last_).take();
  }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

private:
  class one_line {
  public:
    bool empty() const { return order_.empty(); }
    void put(T item, uint64_t source) {
      auto& items = items_[source];
      if (items.empty())
        order_.push_back(source);
      items.push_back(std::move(item));
    }
    T take() {
      auto source = order_.front();
      order_.pop_front();
      auto items = items_.find(source);
      T item = std::move(items->second.front());
      items->second.pop_front();
      if (items->second.empty())
        items_.erase(items);
      else
        order_.push_back(source);
      return item;
    }

  private:
    std::deque<uint64_t> order_; ///< sources with items, each once.
    std::unordered_map<uint64_t, std::deque<T>> items_;
  };

  one_line& line(turn_class x) { return lines_[x == turn_class::busy ? 0 : 1]; }

  std::array<one_line, 2> lines_;
  turn_class last_ = turn_class::unproved;
  size_t size_ = 0;
};

} // namespace fedhub
