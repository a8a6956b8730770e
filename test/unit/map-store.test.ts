import { describeStore } from "../contract/store-contract.ts";
import { MapData, MapStore } from "../helpers/map-store.ts";

describeStore("MapStore", {
  makePlace() {
    const data = new MapData();
    return { open: () => new MapStore(data), cleanUp: () => undefined };
  },
});
