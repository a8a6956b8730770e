import { describeMemoryStore } from "../contract/memory-store-contract.ts";
import { MapMemories } from "../helpers/map-memories.ts";
import { MemoryData } from "../helpers/map-memory-data.ts";

describeMemoryStore("MapMemories", {
  makePlace() {
    const holder = { data: new MemoryData() };
    return { open: () => new MapMemories(holder), cleanUp: () => undefined };
  },
});
