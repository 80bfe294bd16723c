// SPDX-License-Identifier: Apache-2.0
#include "platform/dashboard/page.h"

#include <fmt/core.h>

#include <string_view>

#include "platform/dashboard/response.h"
#include "skerry/async/blocking.h"
#include "skerry/http/uri.h"

namespace skerry::platform::dashboard {
namespace {

constexpr std::string_view kIndexPath = "/index.html";

bool wants_html(const http::Request& request) {
  return request.headers.get("accept").value_or("").find("text/html") != std::string_view::npos;
}

/// Whether one of the tags of If-None-Match (RFC 9110 section 13.1.2) is this one; the comparison is the weak one.
bool matches(std::string_view tags, std::string_view tag) {
  while (!tags.empty()) {
    const std::size_t comma = tags.find(',');
    std::string_view candidate = tags.substr(0, comma);
    tags.remove_prefix(comma == std::string_view::npos ? tags.size() : comma + 1);
    while (candidate.starts_with(' ')) candidate.remove_prefix(1);
    while (candidate.ends_with(' ')) candidate.remove_suffix(1);
    if (candidate == "*") return true;
    if (candidate.starts_with("W/")) candidate.remove_prefix(2);
    if (candidate == tag) return true;
  }
  return false;
}

http::Response answer_with(const PageFile& file, const http::Request& request) {
  const bool known = matches(request.headers.get("if-none-match").value_or(""), file.entity_tag);
  http::Response response(known ? 304 : 200, known ? http::Body() : http::Body(file.bytes));
  set_header(response, "content-type", file.content_type);
  set_header(response, "etag", file.entity_tag);
  set_header(response, "cache-control", file.hashed ? "public, max-age=31536000, immutable" : "no-cache");
  protect(response);
  return response;
}

std::string escaped(std::string_view text) {
  std::string html;
  for (const char c : text) {
    if (c == '<') {
      html += "&lt;";
    } else if (c == '&') {
      html += "&amp;";
    } else {
      html += c;
    }
  }
  return html;
}

http::Response how_to_build(std::string_view problem) {
  std::string html = fmt::format(R"(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Skerry</title>
<h1>The dashboard's page is not built</h1>
<p>{}.</p>
<p>Build it with Node 18 or later, in the folder of the sources, and reload: <code>./dev build</code> does it, or by
hand</p>
<pre>cd web
npm ci
npm run build</pre>
<p>The data is here without it, as JSON:
<a href="/api/registry/services">/api/registry/services</a>, <a href="/api/services">/api/services</a>,
/api/traces?service=NAME and /api/traces/TRACE_ID.</p>
</html>
)",
                                 escaped(problem));
  http::Response response(200, http::Body(std::move(html)));
  set_header(response, "content-type", "text/html; charset=utf-8");
  set_header(response, "cache-control", "no-store");
  protect(response);
  return response;
}

}  // namespace

Task<http::Response> Page::serve(http::Request request) {
  const std::optional<std::string> decoded = http::percent_decode(request.path());
  const std::string path = decoded.value_or("/");
  const bool is_index = path == "/" || path == kIndexPath;
  // Assets come from the page that is loaded, so that a visit looks at the disk once and not for each of its files.
  std::shared_ptr<const Snapshot> snapshot = is_index ? nullptr : loaded();
  if (snapshot == nullptr) snapshot = co_await newest();
  auto found = snapshot->files.find(is_index ? kIndexPath : path);
  if (found != snapshot->files.end()) co_return answer_with(found->second, request);
  if (!is_index && !wants_html(request)) co_return http::not_found(request);
  snapshot = co_await newest();
  found = snapshot->files.find(kIndexPath);
  if (found == snapshot->files.end()) co_return how_to_build(snapshot->problem);
  co_return answer_with(found->second, request);
}

std::shared_ptr<const Page::Snapshot> Page::loaded() {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

Task<std::shared_ptr<const Page::Snapshot>> Page::newest() {
  std::string stamp = co_await blocking([directory = directory_] { return page_stamp(directory); });
  std::shared_ptr<const Snapshot> current = loaded();
  if (current != nullptr && current->stamp == stamp && !stamp.empty()) co_return current;
  auto next = std::make_shared<Snapshot>();
  Result<PageFiles> files = co_await blocking([directory = directory_] { return load_page(directory); }).result();
  if (files) {
    next->stamp = std::move(stamp);
    next->files = *std::move(files);
  } else {
    next->problem = files.error().message();
  }
  const std::lock_guard lock(mutex_);
  snapshot_ = next;
  co_return next;
}

}  // namespace skerry::platform::dashboard
