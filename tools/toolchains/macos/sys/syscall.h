/* Apple's list of the numbers of system calls, which zig does not have; mimalloc only looks whether one of Linux is in
 * it. */
