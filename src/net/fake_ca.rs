//! A certificate authority for tests.

use std::sync::Arc;

use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;

/// Signs certificates that nobody trusts who was not told to.
pub(crate) struct FakeCa {
    certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

impl FakeCa {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self { certificate, issuer: Issuer::new(params, key) }
    }

    pub(crate) fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// What a server of this host needs, its certificate changed as asked for.
    pub(crate) fn server(
        &self,
        host: &str,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Arc<ServerConfig> {
        let (params, key) = leaf(host, change);
        config(&params.signed_by(&key, &self.issuer).unwrap(), &key)
    }
}

/// The same for a certificate that is signed by nobody else.
pub(crate) fn self_signed_server(host: &str) -> Arc<ServerConfig> {
    let (params, key) = leaf(host, |_| {});
    config(&params.self_signed(&key).unwrap(), &key)
}

fn leaf(host: &str, change: impl FnOnce(&mut CertificateParams)) -> (CertificateParams, KeyPair) {
    let mut params = CertificateParams::new([host.to_owned()]).unwrap();
    change(&mut params);
    (params, KeyPair::generate().unwrap())
}

fn config(certificate: &Certificate, key: &KeyPair) -> Arc<ServerConfig> {
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key);
    Arc::new(config.unwrap())
}
