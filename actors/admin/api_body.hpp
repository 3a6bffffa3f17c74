// The JSON in the body of a request to the API.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "actors/admin/api_call.hpp"
#include "actors/admin/api_parameters.hpp"
#include "metrics/http/http_message.hpp"

namespace fedhub {

/// The JSON object in the body of one request. Each member is taken once. Notes the first problem:
/// 413 for a body that is too large, 415 for another media type, 400 for a text that is not one
/// JSON object with unique names, 422 for a member that is unknown, missing, or has a wrong value.
class api_body {
public:
  /// The largest body.
  static constexpr size_t most_octets = 65536;
  /// The most words in one list.
  static constexpr size_t most_words = 100;

  enum class presence : uint8_t { required, optional };

  /// Reads the body. An empty one is a problem if it is `required`, else it stands for `{}`.
  explicit api_body(const http_request& request, presence needed = presence::required);
  ~api_body();
  api_body(const api_body&) = delete;
  api_body& operator=(const api_body&) = delete;

  /// @name Each takes a member. @returns nothing if it is not there, or has another type or a value
  /// that is not allowed, which is a problem.
  /// @{
  std::optional<std::string> take_text(std::string_view name);
  std::optional<bool> take_flag(std::string_view name);
  /// @param least, most the values allowed.
  std::optional<int64_t> take_integer(std::string_view name, int64_t least, int64_t most);
  std::optional<std::vector<std::string>> take_texts(std::string_view name);
  /// Takes one of these words.
  template <class Value, size_t N>
  std::optional<Value> take_word(std::string_view name, const Value (&words)[N]) {
    const auto text = take_text(name);
    return text ? word_of(name, *text, words) : std::nullopt;
  }
  /// Takes a list of these words.
  template <class Value, size_t N>
  std::vector<Value> take_words(std::string_view name, const Value (&words)[N]) {
    std::vector<Value> taken;
    for (const auto& text : take_texts(name).value_or(std::vector<std::string>{}))
      if (const auto word = word_of(name, text, words))
        taken.push_back(*word);
    return taken;
  }
  /// @}

  /// Notes a member that has to be there and is not, unless there was a problem before.
  void require(std::string_view name, bool taken);

  /// Notes a problem with a value (422), unless there was one before.
  void refuse(std::string why) { refuse(422, std::move(why)); }

  /// Returns `call`, unless there was a problem or a member is left.
  api_call finish(api_call call);

private:
  template <class Value, size_t N>
  std::optional<Value> word_of(std::string_view name, const std::string& text,
                               const Value (&words)[N]) {
    std::vector<std::string_view> allowed;
    for (const auto word : words) {
      if (to_string(word) == text)
        return word;
      allowed.push_back(to_string(word));
    }
    refuse(std::string{name} + " is " + in_quotes(text) + "; allowed: " + listed(allowed));
    return {};
  }

  void read(const http_request& request);
  void refuse(unsigned status, std::string why);
  /// Takes a member of any type; null if it is not there.
  std::unique_ptr<nlohmann::json> take(std::string_view name);

  std::unique_ptr<nlohmann::json> left_;
  std::optional<admin::problem_document> problem_; ///< the first one.
};

} // namespace fedhub
