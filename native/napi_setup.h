// The one place that includes napi.h, so that its defines always stand above it.
#pragma once
#define NAPI_VERSION 8
#define NAPI_CPP_EXCEPTIONS
// A promise settled while the environment goes down must not end the process with an abort.
#define NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS
#include <napi.h>
