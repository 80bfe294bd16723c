// SPDX-License-Identifier: Apache-2.0
//
// The answer to a request that made something.
#pragma once

#include <string>
#include <utility>

#include "skerry/http/message.h"
#include "skerry/http/uri.h"

namespace shop {

/// 201 with the body. Its location is the folder, such as "/api/shipments/", and the id in it.
inline skerry::Result<skerry::http::Response> created(std::string json, const std::string& folder,
                                                      const std::string& id) {
  skerry::http::Response response = skerry::http::json(std::move(json), 201);
  skerry::Result<> located = response.headers.set("location", folder + skerry::http::percent_encode(id));
  if (!located) return fail(std::move(located));
  return response;
}

}  // namespace shop
