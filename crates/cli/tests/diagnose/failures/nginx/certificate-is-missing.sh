# nginx -t over a certificate that was deleted.
# message: nginx-finds-no-certificate
# today: stands
# rules: certificate-path-broken
cp /etc/nginx/sites-available/tls /etc/nginx/sites-enabled/example.com
nginx -t
