// SPDX-License-Identifier: Apache-2.0
//
// The carrier of the shared precompiled header; it has no code of its own.
