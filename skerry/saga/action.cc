// SPDX-License-Identifier: Apache-2.0
#include "skerry/saga/action.h"

namespace skerry::saga {

bool is_refusal(const Error& error) {
  switch (error.code()) {
    case Code::kInvalidArgument:
    case Code::kNotFound:
    case Code::kAlreadyExists:
    case Code::kPermissionDenied:
    case Code::kFailedPrecondition:
    case Code::kOutOfRange:
      return true;
    default:
      return false;
  }
}

}  // namespace skerry::saga
