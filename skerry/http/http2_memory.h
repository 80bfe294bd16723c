// SPDX-License-Identifier: Apache-2.0
//
// Where nghttp2 gets its memory: each stream costs it a dozen small objects that are gone with the stream, so they come
// from the runtime's free lists. Internal to http/.
#pragma once

#include <nghttp2/nghttp2.h>

namespace skerry::http {

/// For nghttp2_session_server_new3 and its like, which copy what is pointed to.
nghttp2_mem* http2_memory();

}  // namespace skerry::http
