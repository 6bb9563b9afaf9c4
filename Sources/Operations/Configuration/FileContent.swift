/// A file's bytes, and who may read them.
package struct FileContent: Sendable, Equatable {
    package var bytes: [UInt8]
    /// Permission bits only.
    package var mode: UInt32
    package var owner: UInt32

    package init(bytes: [UInt8], mode: UInt32, owner: UInt32) {
        self.bytes = bytes
        self.mode = mode
        self.owner = owner
    }
}
