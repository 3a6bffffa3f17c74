#include "protocol/admin/problem_document.hpp"

#include <nlohmann/json.hpp>

namespace fedhub::admin {

namespace {

const char* title_of(unsigned status) {
  switch (status) {
  case 400:
    return "Bad Request";
  case 403:
    return "Forbidden";
  case 404:
    return "Not Found";
  case 405:
    return "Method Not Allowed";
  case 409:
    return "Conflict";
  case 412:
    return "Precondition Failed";
  case 413:
    return "Content Too Large";
  case 414:
    return "URI Too Long";
  case 415:
    return "Unsupported Media Type";
  case 422:
    return "Unprocessable Content";
  case 428:
    return "Precondition Required";
  case 429:
    return "Too Many Requests";
  case 431:
    return "Request Header Fields Too Large";
  case 503:
    return "Service Unavailable";
  default:
    return "Internal Server Error";
  }
}

nlohmann::ordered_json json_of(const file_problem& problem) {
  nlohmann::ordered_json object;
  const auto put = [&](const char* name, const auto& value, bool there) {
    if (there)
      object[name] = value;
  };
  put("file", problem.file, !problem.file.empty());
  put("line", problem.line, problem.line != 0);
  put("key", problem.key, !problem.key.empty());
  put("found", problem.found, !problem.found.empty());
  put("allowed", problem.allowed, !problem.allowed.empty());
  return object;
}

} // namespace

std::string problem_document::json() const {
  nlohmann::ordered_json object{
    {"type", "about:blank"}, {"title", title_of(status)}, {"status", status}, {"detail", detail}};
  for (const auto& each : problems)
    object["problems"].push_back(json_of(each));
  return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

} // namespace fedhub::admin
