# A kind of challenge is preferred that certbot has forgotten.
# renewal: Unrecognized challenges: tls-sni-01
# nginx: keeps the old certificate
# says: renewal-file-broken
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
enable tls
sed -i 's/^authenticator/pref_challs = tls-sni-01,\n&/' /etc/letsencrypt/renewal/example.com.conf
