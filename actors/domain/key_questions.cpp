#include "actors/domain/key_questions.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

#include "protocol/events/dialback_outcome.hpp"

namespace fedhub {

bool key_questions::add(const verification_ptr& value, const verifier_actor& asker,
                        time_point until) {
  if (questions_.size() >= most)
    return false;
  auto& question = questions_.emplace_back();
  question.value = value;
  question.asker = asker;
  question.until = until;
  return true;
}

size_t key_questions::guests(const domain_name& target) const {
  return static_cast<size_t>(
    std::ranges::count_if(questions_, [&](auto& x) { return x.is_guest(target); }));
}

bool key_questions::any_not_lent() const {
  return std::ranges::any_of(questions_, [](auto& x) { return x.way != way_to_ask::lent; });
}

bool key_questions::any_alone() const {
  return std::ranges::any_of(questions_, [](auto& x) { return x.way == way_to_ask::alone; });
}

std::optional<dns_asker> key_questions::first_asker(std::optional<dns_asker> first) const {
  for (auto& question : questions_)
    if (const auto& asker = question.value->asker; !first || asker.party < first->party)
      first = asker;
  return first;
}

key_questions::time_point key_questions::next_back_at() const {
  auto at = time_point::max();
  for (auto& question : questions_)
    if (question.way == way_to_ask::lent)
      at = std::min(at, question.back_at);
  return at;
}

// ---- the stream to ask on -----------------------------------------------------------------------

std::vector<verification_ptr> key_questions::lend(time_point back_at) {
  std::vector<verification_ptr> values;
  for (auto& question : questions_)
    if (question.way == way_to_ask::undecided) {
      values.push_back(question.value);
      question.way = way_to_ask::lent;
      question.back_at = back_at;
    }
  return values;
}

void key_questions::not_lent(const std::vector<verification_ptr>& values) {
  for (auto& question : questions_)
    if (std::ranges::find(values, question.value) != values.end())
      question.way = way_to_ask::undecided;
}

size_t key_questions::take_back_due(time_point now) {
  size_t count = 0;
  for (auto& question : questions_)
    if (question.way == way_to_ask::lent && now >= question.back_at) {
      question.way = way_to_ask::alone;
      ++count;
    }
  return count;
}

std::vector<key_question> key_questions::end_stream(bool of_use) {
  if (of_use)
    return take_if([](auto& x) { return x.way == way_to_ask::sent; });
  for (auto& question : questions_)
    if (question.way == way_to_ask::sent)
      question.way = way_to_ask::undecided;
  return {};
}

// ---- the end of questions ----------------------------------------------------------------------

template <class F>
std::vector<key_question> key_questions::take_if(F f) {
  const auto taken = std::ranges::stable_partition(questions_, std::not_fn(f));
  std::vector<key_question> out{std::make_move_iterator(taken.begin()),
                                std::make_move_iterator(taken.end())};
  questions_.erase(taken.begin(), taken.end());
  return out;
}

key_questions::settled key_questions::settle(const verification& answer, bool own) {
  const auto same = [&](const key_question& x) {
    return same_question(x.value->question, answer.question);
  };
  if (answer.outcome != dialback_outcome::error || own)
    return {take_if(same)};
  settled out;
  for (auto& question : questions_)
    if (question.way == way_to_ask::lent && same(question)) {
      question.way = way_to_ask::alone;
      ++out.taken_back;
    }
  return out;
}

std::vector<key_question> key_questions::take_guests(const domain_name& target) {
  return take_if([&](auto& x) { return x.is_guest(target); });
}

std::vector<key_question> key_questions::take_expired(time_point now) {
  return take_if([&](auto& x) { return now >= x.until; });
}

// ---- recent answers ----------------------------------------------------------------------------

void key_questions::hold(const verification_ptr& answer, time_point now) {
  if (!answers_)
    answers_ = std::make_unique<recent_answers>();
  answers_->add(answer, now);
}

verification_ptr key_questions::known(const verify_key& question, time_point now) {
  return answers_ ? answers_->find(question, now) : nullptr;
}

key_questions::time_point key_questions::held_until() const {
  return answers_ ? answers_->held_until() : time_point::max();
}

void key_questions::forget_old_answers(time_point now) {
  if (now >= held_until())
    answers_.reset();
}

} // namespace fedhub
