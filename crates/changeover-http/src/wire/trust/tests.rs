//! Against a server of an authority of the test's own, found by a book of names.

use std::net::{IpAddr, Ipv4Addr};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::wire::{WireClient, WireError};
use crate::{ClientTls, Names, error_chain};

const HOST: &str = "vendor.world.localhost";

/// An authority's certificate, and a server's that it issued for [`HOST`].
fn issued() -> (String, ServerConfig) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let pem = authority.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(authority, key);
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(vec![HOST.to_owned()]).unwrap();
    let certificate = server.signed_by(&key, &issuer).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    (pem, config)
}

/// Answers every request on one connection each; gives the port.
async fn serve(config: ServerConfig) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = TlsAcceptor::from(std::sync::Arc::new(config));
    #[expect(clippy::disallowed_methods, reason = "the test's runtime ends the server")]
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut asked = [0; 1_024];
            assert!(stream.read(&mut asked).await.unwrap() > 0, "something is asked");
            let answer = b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";
            stream.write_all(answer).await.unwrap();
            stream.shutdown().await.ok();
        }
    });
    port
}

fn names() -> Names {
    let names = Names::of_zone("world.localhost");
    names.write(HOST, IpAddr::V4(Ipv4Addr::LOCALHOST));
    names.write("other.world.localhost", IpAddr::V4(Ipv4Addr::LOCALHOST));
    names
}

async fn said(client: &WireClient, url: &str) -> String {
    match client.get(url).await {
        Ok(answer) => answer.status.as_u16().to_string(),
        Err(error) => error_chain(&error),
    }
}

#[tokio::test]
async fn an_authority_of_ones_own_is_believed_of_the_server_that_it_was_given_for() {
    let (authority, config) = issued();
    let port = serve(config).await;
    let (own, other) =
        (format!("https://{HOST}:{port}/v1"), format!("https://other.world.localhost:{port}/"));
    let client = WireClient::with_names("test", &names()).unwrap();
    let unknown = said(&client, &own).await;
    assert!(unknown.contains("UnknownIssuer"), "nobody vouches for it yet: {unknown}");
    let tls = ClientTls::default().believing(&authority).unwrap();
    client.believe([(format!("https://{HOST}:{port}").as_str(), &tls)]).unwrap();
    assert_eq!(said(&client, &own).await, "204");
    let elsewhere = said(&client, &other).await;
    assert!(elsewhere.contains("UnknownIssuer"), "of others the system's: {elsewhere}");
    client.believe([(other.as_str(), &tls)]).unwrap();
    let misnamed = said(&client, &other).await;
    assert!(misnamed.contains("not valid for name"), "{misnamed}");
    let replaced = said(&client, &own).await;
    assert!(replaced.contains("UnknownIssuer"), "settings replace those before: {replaced}");
}

#[tokio::test]
async fn a_name_that_was_struck_out_of_the_book_is_not_found() {
    let (authority, config) = issued();
    let url = format!("https://{HOST}:{}", serve(config).await);
    let names = names();
    let client = WireClient::with_names("test", &names).unwrap();
    let tls = ClientTls::default().believing(&authority).unwrap();
    client.believe([(url.as_str(), &tls)]).unwrap();
    assert_eq!(said(&client, &url).await, "204");
    names.strike(HOST);
    let error = client.get(&url).await.map(|_| ()).unwrap_err();
    assert!(matches!(error, WireError::Connect(_)), "{error:?}");
    let text = error_chain(&error);
    assert!(text.contains("dns error") && text.contains("not known"), "{text}");
    names.write(HOST, IpAddr::V4(Ipv4Addr::LOCALHOST));
    assert_eq!(said(&client, &url).await, "204");
}
