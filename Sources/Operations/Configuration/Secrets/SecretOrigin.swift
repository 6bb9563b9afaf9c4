/// Where a secret comes from.
package enum SecretOrigin: Sendable, Equatable {
    case file(path: String)
    case environment(variable: String)
    /// A credential of systemd's.
    case credential(path: String)
}
