#include "actors/admin/api_parameters.hpp"

#include <algorithm>
#include <charconv>

#include "protocol/text/clip.hpp"

namespace fedhub {

namespace {

/// The most octets of a caller's text that a problem quotes.
constexpr size_t most_quoted = 100;

} // namespace

std::string in_quotes(std::string_view text) {
  return '"' + std::string{clip(text, most_quoted)} + '"';
}

std::string listed(const std::vector<std::string_view>& names) {
  std::string text;
  for (const auto& name : names)
    text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

std::variant<uint64_t, admin::problem_document> read_id(std::string_view text,
                                                        std::string_view what) {
  uint64_t id = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, id);
  if (error == std::errc{} && rest == end && id > 0)
    return id;
  return admin::problem_document{400, in_quotes(text) + " is not the id of a " + std::string{what}
                                        + ", which is a number"};
}

std::optional<std::string> api_parameters::take(std::string_view name) {
  const auto found = std::ranges::find(left_, name, &http_fields::value_type::first);
  if (found == left_.end())
    return {};
  auto text = std::move(found->second);
  left_.erase(found);
  return text;
}

admin::name_match api_parameters::take_match() {
  const auto text = take("match").value_or("");
  if (text.size() <= admin::name_match::most_octets)
    return admin::name_match{text};
  refuse("match has " + std::to_string(text.size())
         + " octets; allowed: " + std::to_string(admin::name_match::most_octets) + " at most");
  return {};
}

page_request api_parameters::take_page() {
  page_request page;
  if (const auto text = take("limit")) {
    const auto* end = text->data() + text->size();
    const auto [rest, error] = std::from_chars(text->data(), end, page.limit);
    if (error != std::errc{} || rest != end || page.limit < 1 || page.limit > page_request::most)
      refuse("limit is " + in_quotes(*text) + "; allowed: 1.."
             + std::to_string(page_request::most));
  }
  page.after = take("after").value_or("");
  return page;
}

void api_parameters::refuse(std::string why) {
  if (problem_.empty())
    problem_ = std::move(why);
}

api_call api_parameters::finish(api_call call) {
  if (!left_.empty())
    refuse("the parameter " + in_quotes(left_.front().first) + " is unknown here, or there twice");
  if (!problem_.empty())
    return admin::problem_document{400, std::move(problem_)};
  return call;
}

} // namespace fedhub
