/// The file of certificates to trust (`api.ca_file`), looked at before anything depends on it: what the transport
/// makes of a bad one is an error with every request, and with plain HTTP none at all.
package struct CertificateFile: Sendable {
    /// Bundles of every authority there is are below 2 MiB.
    package static let largest = 16 << 20

    private static let markers = ["-----BEGIN CERTIFICATE-----", "-----BEGIN TRUSTED CERTIFICATE-----"]

    private let files: FileReader

    package init(files: FileReader = .reading(upTo: largest)) {
        self.files = files
    }

    /// - Parameter configuration: how the configuration file is called.
    /// - Returns: what is wrong with the file that `api` names; nil when nothing is, or it names none.
    package func problem(_ api: Settings.Api, in configuration: String) -> ConfigurationProblem? {
        guard let path = api.caFile else { return nil }
        func problem(_ message: String) -> ConfigurationProblem {
            ConfigurationProblem(file: configuration, key: "api.ca_file", message: message)
        }
        let shown = ConfigValue.oneLine(path)
        switch files.read(path) {
        case .failure(let reason):
            let remedy = "name a PEM file that the service's user can read, or null for the system's certificates"
            return problem("cannot read \(shown): \(reason); \(remedy)")
        case .success(let content):
            guard Self.holdsCertificate(content.bytes) else {
                return problem(
                    "\(shown) has no certificate in it (no line \"\(Self.markers[0])\"); name a PEM file: "
                        + "`openssl x509 -inform der` makes one of a DER file")
            }
            return nil
        }
    }

    private static func holdsCertificate(_ bytes: [UInt8]) -> Bool {
        let lines = bytes.split { $0 == 0x0a || $0 == 0x0d }
        return markers.contains { marker in lines.contains { $0.starts(with: marker.utf8) } }
    }
}
