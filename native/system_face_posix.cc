#include "system_face.h"

namespace haypile {

void DefineSystem(Napi::Env, Napi::Object) {}

}  // namespace haypile
