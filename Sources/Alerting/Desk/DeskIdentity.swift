/// Who is speaking: stands in every notification.
package struct DeskIdentity: Hashable, Sendable {
    package var host: String
    package var version: String

    package init(host: String, version: String) {
        self.host = host
        self.version = version
    }
}
