# Numbers as Python reads them, and a port that nobody needs.
# renewal: works
# nginx: has the new certificate
# says:
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
enable tls
sed -i 's/^authenticator/http01_port = -1\nrsa_key_size = 2_048\npref_challs = http,\n&/' \
    /etc/letsencrypt/renewal/example.com.conf
