package import Engine
package import Reconciliation

/// Who is speaking, in which language, and in which zone times are told: stands in every notification.
package struct DeskIdentity: Hashable, Sendable {
    package var host: String
    package var version: String
    package var language: AlertLanguage
    package var zone: Zone

    package init(host: String, version: String, language: AlertLanguage = .english, zone: Zone = .utc) {
        self.host = host
        self.version = version
        self.language = language
        self.zone = zone
    }
}
