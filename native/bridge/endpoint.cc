#include "bridge/endpoint.h"

namespace haypile::bridge {

Endpoint FindEndpoint() {
  Endpoint endpoint;
  endpoint.dataFolder = DataFolder();
  endpoint.folder = ResolvePath("run", endpoint.dataFolder);
  endpoint.owner = ResolvePath("daemon.json", endpoint.folder);
  endpoint.lock = ResolvePath("daemon.lock", endpoint.folder);
  endpoint.startLock = ResolvePath("daemon.start", endpoint.folder);
  endpoint.logs = ResolvePath("logs", endpoint.dataFolder);
  return endpoint;
}

}  // namespace haypile::bridge
