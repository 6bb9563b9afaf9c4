package import Engine

/// Who is speaking, and in which language: stands in every notification.
package struct DeskIdentity: Hashable, Sendable {
    package var host: String
    package var version: String
    package var language: AlertLanguage

    package init(host: String, version: String, language: AlertLanguage = .english) {
        self.host = host
        self.version = version
        self.language = language
    }
}
