#include "actors/history/history_reader.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

namespace fedhub {

namespace {

using clock = std::chrono::steady_clock;

/// Between two turns of a follower that has yet to get older events, so that a client has time to
/// take them.
constexpr std::chrono::milliseconds pause{20};
/// One look for new events may take so long.
constexpr std::chrono::seconds look_patience{2};

const admin::problem_document no_room{503, "too many questions about the history wait already"};

} // namespace

/// A client that follows the events.
struct history_reader::follower {
  http_event_stream stream;
  event_filter filter;
  int64_t after = 0;  ///< it has all events up to this id.
  bool behind = true; ///< there may be more events.

  /// Writes the next events. @returns false if the stream has ended.
  bool take_turn(sqlite_database& from) {
    size_t octets = 0;
    do {
      const auto stretch = read_events_after(from, after, filter);
      if (from.take_fault())
        return stream.open(); // the next look is as good
      for (const auto& event : stretch.events) {
        auto text = json_of(event);
        octets += text.size();
        if (!stream.write({std::to_string(event.id), {}, std::move(text)}))
          return false;
      }
      behind = stretch.end > after;
      after = stretch.end;
    } while (behind && octets < octets_a_turn);
    return stream.open();
  }
};

/// What the thread and its owner have in common.
class history_reader::work {
public:
  explicit work(std::filesystem::path folder) : folder_{std::move(folder)} {}

  using task = std::function<void()>;

  /// @returns false if there is no room.
  bool add(task task) {
    {
      const std::lock_guard lock{mutex_};
      if (tasks_.size() >= most_waiting)
        return false;
      tasks_.push_back(std::move(task));
    }
    changed_.notify_one();
    return true;
  }

  void on_written() {
    {
      const std::lock_guard lock{mutex_};
      written_ = true;
    }
    changed_.notify_one();
  }

  void stop() {
    {
      const std::lock_guard lock{mutex_};
      stopped_ = true;
    }
    changed_.notify_one();
  }

  const std::filesystem::path& folder() const { return folder_; }

  // For the thread.

  void run() {
    while (auto turn = next()) {
      if (turn->question)
        turn->question();
      if (turn->written)
        for (auto& follower : followers_)
          follower.behind = true;
      serve_followers();
    }
    followers_.clear();
  }

  bool has_room() const { return followers_.size() < most_followers; }
  void add(follower follower) { followers_.push_back(std::move(follower)); }

private:
  struct turn {
    task question;
    bool written = false;
  };

  bool is_behind() const { return std::ranges::any_of(followers_, &follower::behind); }

  /// Waits for something to do. @returns nothing at the end.
  std::optional<turn> next() {
    std::unique_lock lock{mutex_};
    const auto ready = [this] { return stopped_ || written_ || !tasks_.empty(); };
    if (is_behind())
      changed_.wait_for(lock, pause, ready);
    else
      changed_.wait(lock, ready);
    if (stopped_)
      return {};
    turn result;
    result.written = std::exchange(written_, false);
    if (!tasks_.empty()) {
      result.question = std::move(tasks_.front());
      tasks_.pop_front();
    }
    return result;
  }

  void serve_followers() {
    std::erase_if(followers_, [](const auto& each) { return !each.stream.open(); });
    if (!is_behind())
      return;
    auto database = open_history(folder_, event_form, clock::now() + look_patience);
    std::erase_if(followers_, [&](follower& each) {
      if (!database) { // a new file may be about to take its place: look again after the next write
        each.behind = false;
        return false;
      }
      return each.behind && !each.take_turn(**database);
    });
  }

  const std::filesystem::path folder_;
  std::mutex mutex_; ///< for the four below.
  std::condition_variable changed_;
  std::deque<task> tasks_;
  bool written_ = false;
  bool stopped_ = false;
  std::vector<follower> followers_; ///< the thread's own.
};

history_reader::history_reader(std::filesystem::path folder)
  : work_{std::make_shared<work>(std::move(folder))}, thread_{"history-reader",
                                                              [work = work_] { work->run(); }} {}

history_reader::~history_reader() {
  work_->stop();
  thread_.wait(end_patience);
}

void history_reader::ask(events_question question, const reply_to<admin::event_row>& reply) {
  const auto deadline = clock::now() + patience;
  const auto answer = [folder = work_->folder(), question = std::move(question), reply, deadline] {
    auto database = open_history(folder, event_form, deadline);
    reply(database ? read_events(**database, question) : tl::unexpected(database.error()));
  };
  if (!work_->add(answer))
    reply(tl::unexpected(no_room));
}

void history_reader::ask(const audit_question& question, const reply_to<admin::audit_row>& reply) {
  const auto deadline = clock::now() + patience;
  const auto answer = [folder = work_->folder(), question, reply, deadline] {
    auto database = open_history(folder, audit_form, deadline);
    reply(database ? read_audit(**database, question) : tl::unexpected(database.error()));
  };
  if (!work_->add(answer))
    reply(tl::unexpected(no_room));
}

void history_reader::follow(
  follow_question question, std::optional<int64_t> after,
  const std::function<http_event_stream(std::optional<admin::problem_document>)>& begin) {
  const auto deadline = clock::now() + patience;
  const auto start = [to = std::weak_ptr{work_}, question = std::move(question), after, begin,
                      deadline] {
    const auto reader = to.lock();
    auto database = open_history(reader->folder(), event_form, deadline);
    if (!database)
      return void(begin(database.error()));
    if (!reader->has_room())
      return void(
        begin(admin::problem_document{503, "too many clients follow the events already"}));
    const auto newest = last_event(**database);
    // A client may know ids of a file that is gone. Ids that are to come would skip events.
    reader->add(follower{.stream = begin({}),
                         .filter = question.filter,
                         .after = std::min(after.value_or(newest), newest)});
  };
  if (!work_->add(start))
    begin(no_room);
}

void history_reader::on_written() { work_->on_written(); }

} // namespace fedhub
